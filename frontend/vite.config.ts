import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// The browser's own Host header is passed on: the server holds a request's Origin against it.
const PLATFORM = { target: process.env.TRAINYARD_URL ?? "http://127.0.0.1:8000", changeOrigin: false };

/** Lays a gzipped copy beside every script and style; the web process sends it to who takes it. */
function compress(directory: string): Plugin {
  return {
    name: "compress",
    apply: "build",
    closeBundle() {
      for (const name of readdirSync(directory).filter((file) => /\.(js|css)$/.test(file))) {
        writeFileSync(
          `${directory}/${name}.gz`,
          gzipSync(readFileSync(`${directory}/${name}`), { level: 9 }),
        );
      }
    },
  };
}

export default defineConfig(({ command }) => ({
  // The web process serves the build under /static/ and index.html at every other path.
  base: command === "build" ? "/static/" : "/",
  plugins: [react(), compress("dist/assets")],
  // The web process puts a fresh nonce in its place, so that the Content-Security-Policy can be strict.
  html: { cspNonce: "CSP_NONCE" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      output: {
        // Twelve hex digits are what the web process takes as a name that never changes its content.
        hashCharacters: "hex",
        entryFileNames: "assets/[name].[hash:12].js",
        chunkFileNames: "assets/[name].[hash:12].js",
        assetFileNames: "assets/[name].[hash:12][extname]",
      },
    },
  },
  server: { proxy: { "/api": PLATFORM, "/_allauth": PLATFORM } },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test-setup.ts"],
    testTimeout: 30_000,
  },
}));
