import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { compileMessage } from "@lingui/message-utils/compileMessage";
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

/** Mantine's table brings its own scrolled frame, 5 kB gzipped that we do not use: WideTable scrolls natively. */
function withoutScrollContainer(): Plugin {
  return {
    name: "without-scroll-container",
    apply: "build",
    enforce: "pre",
    resolveId: (source, importer) =>
      source === "./TableScrollContainer.mjs" && importer?.endsWith("/Table/Table.mjs")
        ? fileURLToPath(new URL("src/app/noScrollContainer.ts", import.meta.url))
        : null,
  };
}

type Texts = { [key: string]: string | Texts };

/** Compiles the messages of the catalogues, so that no page has to bring what reads their syntax. */
function compiledMessages(): Plugin {
  const compiled = (texts: Texts | string): unknown =>
    typeof texts === "string"
      ? compileMessage(texts)
      : Object.fromEntries(Object.entries(texts).map(([key, inner]) => [key, compiled(inner)]));
  return {
    name: "compiled-messages",
    apply: "build",
    enforce: "post",
    transform: {
      filter: { id: /\/src\/i18n\/(en|zh)\/(?!fields|frame|index)\w+\.ts$/ },
      async handler(code) {
        const areas = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as Texts;
        return Object.entries(areas)
          .map(([name, texts]) => `export const ${name} = ${JSON.stringify(compiled(texts))};`)
          .join("\n");
      },
    },
  };
}

const ROUTER = fileURLToPath(new URL("node_modules/react-router/dist/production/index.mjs", import.meta.url));

/** What most pages need of ours, in one file too. What starts the page is not in it: the texts come before it. */
const OWN = [
  "api/[a-z]+",
  "app/(paths|queries)",
  "auth/me",
  "components/(begun|Empty|Fact|later|LazyMenu|LazyModal|Loaded|Moment|Money|Page|ProblemAlert|Rows|Section|StateBadge)",
  "format/[a-z]+",
  "words/[a-z]+",
].join("|");

/** What every page needs of libraries: one file compresses better than fifty. */
const FRAME = [
  "react",
  "react-dom",
  "scheduler",
  "react-router",
  "@lingui/core",
  "openapi-fetch",
  "clsx",
  "@babel/runtime",
  "@tanstack/(react-query|query-core)",
  "@mantine/store",
  "@mantine/notifications/esm/notifications.store",
  "@mantine/core/esm/core",
  "@mantine/core/esm/components/(ActionIcon|Alert|Anchor|Badge|Button|Card|Center|CloseButton|Container)",
  "@mantine/core/esm/components/(Group|Kbd|Loader|Paper|Stack|Text|Title|Transition|UnstyledButton)",
  "@mantine/core/esm/components/VisuallyHidden",
  "@mantine/hooks/esm/(utils|use-(callback-ref|color-scheme|did-update|disclosure|force-update|hotkeys|id))",
  "@mantine/hooks/esm/use-(isomorphic-effect|local-storage|media-query|merged-ref|mounted|reduced-motion)",
  "@mantine/hooks/esm/use-(interval|uncontrolled|window-event)",
  "@tabler/icons-react/dist/esm/(createReactComponent|defaultAttributes)",
  "@tabler/icons-react/dist/esm/icons/Icon(AlertCircle|Search)",
].join("|");

const TESTS = "src/**/*.test.{ts,tsx}";

/** Tests that replace what other modules take as they are loaded: a module, or the `fetch` of the API's client. */
const ALONE = ["src/app/Lookout.test.tsx", "src/app/pages.test.tsx"];

export default defineConfig(({ command }) => ({
  // The web process serves the build under /static/ and index.html at every other path.
  base: command === "build" ? "/static/" : "/",
  // What its package names for all are its "development" files, with warnings that nobody reads here.
  resolve: command === "build" ? { alias: [{ find: /^react-router$/, replacement: ROUTER }] } : {},
  plugins: [react(), withoutScrollContainer(), compiledMessages(), compress("dist/assets")],
  // The web process puts a fresh nonce in its place, so that the Content-Security-Policy can be strict.
  html: { cspNonce: "CSP_NONCE" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 800,
    // Styles come with what needs them; lists of each page's scripts in the first one would weigh more than they save.
    modulePreload: { resolveDependencies: (_, files) => files.filter((file) => file.endsWith(".css")) },
    // What each page loads, for the test that keeps it small.
    manifest: "manifest.json",
    rolldownOptions: {
      output: {
        // Twelve hex digits are what the web process takes as a name that never changes its content.
        hashCharacters: "hex",
        entryFileNames: "assets/[name].[hash:12].js",
        chunkFileNames: "assets/[name].[hash:12].js",
        assetFileNames: "assets/[name].[hash:12][extname]",
        codeSplitting: {
          groups: [
            {
              name: "frame",
              test: new RegExp(`node_modules/(${FRAME})[/.]`),
              includeDependenciesRecursively: false,
            },
            {
              name: "own",
              test: new RegExp(`frontend/src/(${OWN})\\.tsx?$`),
              includeDependenciesRecursively: false,
              minShareCount: 6,
            },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": PLATFORM, "/_allauth": PLATFORM } },
  test: {
    environment: "jsdom",
    setupFiles: ["src/test-setup.ts"],
    testTimeout: 30_000,
    projects: [
      // A browser's page and all modules anew for each file take three times as long as the tests do.
      { extends: true, test: { name: "shared", isolate: false, include: [TESTS], exclude: ALONE } },
      { extends: true, test: { name: "alone", include: ALONE } },
    ],
  },
}));
