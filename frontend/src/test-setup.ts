import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";
import { startTexts } from "./i18n/index.ts";

await startTexts("en");

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
