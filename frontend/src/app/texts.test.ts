import { describe, expect, it } from "vitest";
import * as frame from "../i18n/en/frame.ts";

const SOURCES = import.meta.glob<string>(["../**/*.{ts,tsx}", "!../i18n/**", "!../**/*.test.*"], {
  query: "?raw",
  import: "default",
  eager: true,
});

/** A module, and the areas whose texts are loaded before it, of a page or of a part that comes later. */
interface Loaded {
  module: string;
  areas: string[];
}

const LOADED =
  /\b(?:page|later)\(\s*(?:\d+,\s*)?\[([^\]]*)\],\s*async \(\) =>\s*\(?\s*await import\("([^"]+)"\)/g;
const TEXTS = /loadTexts\(\[([^\]]*)\]\);\s*return (?:\{ default: \(await )?import\("([^"]+)"\)/g;
const IMPORTS = /(?:^(?:import|export) (?!type)[^;]*?from |^import |import\()"(\.[^"]+)"/gm;

const listed = (names: string) => [...names.matchAll(/"(\w+)"/g)].map(([, name]) => String(name));

/** The path of `to` as `from` spells it, both from here. */
function resolved(from: string, to: string): string {
  return `..${new URL(to, `file:///${from.replace("../", "")}`).pathname}`;
}

const keyOf = (path: string) => (path.startsWith("../app/") ? path.replace("../app/", "./") : path);

/** What the module at `path` loads with texts of their own. */
function laterOf(path: string, code: string): Loaded[] {
  return [LOADED, TEXTS].flatMap((pattern) =>
    [...code.matchAll(pattern)].map(([, areas, to]) => ({
      module: resolved(path, String(to)),
      areas: listed(String(areas)),
    })),
  );
}

/** Areas that `start` and what it loads ask for without having them, as `area in module`. */
function missing({ module: start, areas }: Loaded, seen = new Set<string>()): string[] {
  const code = SOURCES[keyOf(start)];
  if (code === undefined || seen.has(start)) return [];
  seen.add(start);
  const own = [...code.matchAll(/\b(?:t|knownText)\(\s*["`](\w+)\./g)].map(([, area]) => String(area));
  const unknown = own.filter((area) => !areas.includes(area)).map((area) => `${area} in ${start}`);
  const apart = laterOf(start, code);
  const inner = [...code.matchAll(IMPORTS)]
    .map(([, to]) => resolved(start, String(to)))
    .filter((path) => !apart.some(({ module }) => module === path))
    .flatMap((module) => missing({ module, areas }, seen));
  const later = apart.flatMap((part) =>
    missing({ module: part.module, areas: [...areas, ...part.areas] }, new Set(seen)),
  );
  return [...new Set([...unknown, ...inner, ...later])];
}

describe("the texts", () => {
  const always = Object.keys(frame);

  it("of the frame, of each page and of each part are loaded before its code", () => {
    expect(missing({ module: "../main.tsx", areas: always })).toEqual([]);
  });

  it("are looked for where pages are declared", () => {
    const pages = laterOf("../app/routes.tsx", SOURCES["./routes.tsx"] ?? "");
    expect(pages.length).toBeGreaterThan(20);
    expect(missing({ module: "../features/jobs/JobsPage.tsx", areas: always })).not.toEqual([]);
  });
});
