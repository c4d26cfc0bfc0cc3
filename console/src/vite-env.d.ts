/// <reference types="vite/client" />

interface Window {
  /** By their addresses, the answers to what `public/start.js` asked. */
  asked?: Map<string, Promise<Response>>;
}

// Parts of a catalogue: see build/catalogues.ts.
declare module "*.json?admin" {
  const messages: object;
  export default messages;
}

declare module "*.json?senior" {
  const messages: object;
  export default messages;
}

declare module "*.json?person" {
  const messages: object;
  export default messages;
}

declare module "*.json?tour" {
  const messages: object;
  export default messages;
}
