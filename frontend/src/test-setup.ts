// First: the API's client keeps the `fetch` that it finds when a test loads it.
import "./testing/service.ts";
import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";
import { en } from "./i18n/en/index.ts";
import { type Area, loadTexts, startTexts } from "./i18n/index.ts";

await startTexts("en");
await loadTexts(Object.keys(en) as Area[]);

afterEach(cleanup);

// What Mantine asks of a browser and jsdom lacks.
const nothing = () => undefined;
Object.assign(window, {
  matchMedia: () => ({ matches: false, addEventListener: nothing, removeEventListener: nothing }),
  ResizeObserver: class {
    observe = nothing;
    unobserve = nothing;
    disconnect = nothing;
  },
});
Element.prototype.scrollIntoView = nothing;
