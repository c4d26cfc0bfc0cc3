// The only thing of Node.js that the demo needs.
declare const process: { env: Record<string, string | undefined> };
