import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const PLATFORM = process.env.TRAINYARD_URL ?? "http://127.0.0.1:8000";

export default defineConfig(({ command }) => ({
  // The web process serves the build under /static/ and index.html at every other path.
  base: command === "build" ? "/static/" : "/",
  plugins: [react()],
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
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"], setupFiles: ["src/test-setup.ts"] },
}));
