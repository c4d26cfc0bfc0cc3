import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { catalogues } from "./build/catalogues.ts";
import { compressed } from "./build/compressed.ts";
import { firstPage } from "./build/first-page.ts";
import { serviceWorker } from "./build/service-worker.ts";

export default defineConfig({
  plugins: [react(), tailwindcss(), catalogues(), firstPage(), serviceWorker(), compressed()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { "/api": "http://127.0.0.1:8080", "/uploads": "http://127.0.0.1:8080" } },
});
