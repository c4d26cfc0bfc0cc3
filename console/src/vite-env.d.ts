/// <reference types="vite/client" />

// A part of a catalogue: see build/catalogues.ts.
declare module "*.json?admin" {
  const messages: object;
  export default messages;
}
