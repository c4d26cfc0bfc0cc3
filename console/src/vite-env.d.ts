/// <reference types="vite/client" />

// Parts of a catalogue: see build/catalogues.ts.
declare module "*.json?admin" {
  const messages: object;
  export default messages;
}

declare module "*.json?senior" {
  const messages: object;
  export default messages;
}

declare module "*.json?tour" {
  const messages: object;
  export default messages;
}
