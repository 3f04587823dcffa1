/** Whether the person has begun to use the dashboard since it was loaded. It never ends, so that later pages come whole. */

const SIGNS = [
  "pointermove",
  "pointerdown",
  "keydown",
  "wheel",
  "touchstart",
  "scroll",
  "beforeprint",
] as const;

let begun = typeof IntersectionObserver === "undefined";
const waiting = new Set<() => void>();

function begin(): void {
  begun = true;
  for (const tell of waiting) tell();
}

for (const sign of SIGNS) window.addEventListener(sign, begin, { passive: true, once: true, capture: true });

export const hasBegun = (): boolean => begun;

/** Calls `tell` once they begin; returns what ends the wait. */
export function onBegin(tell: () => void): () => void {
  waiting.add(tell);
  return () => waiting.delete(tell);
}
