import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { catalogues } from "./build/catalogues.ts";
import { compressed } from "./build/compressed.ts";
import { serviceWorker } from "./build/service-worker.ts";

// What an officer starts with is one file, which is smaller than its parts and asked for once.
const START = /\/src\/(main|features\/day\/page)\.tsx$/;

export default defineConfig({
  plugins: [react(), tailwindcss(), catalogues(), serviceWorker(), compressed()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "start", test: START }] } } },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080", "/uploads": "http://127.0.0.1:8080" } },
});
