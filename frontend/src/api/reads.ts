/** The reads of the dashboard, as far as a change of who asks concerns them. */
import type { Middleware } from "openapi-fetch";

let control = new AbortController();
let held: Promise<void> | undefined;

/**
 * Ends the reads under way, and has those that come wait until the returned function is called: what is answered after the
 * one who asked has changed would be refused. Ended reads are asked again as those that failed on the way are.
 */
export function holdReads(): () => void {
  control.abort();
  control = new AbortController();
  let release: (() => void) | undefined;
  held = new Promise((resolve) => {
    release = resolve;
  });
  return () => release?.();
}

export const endableReads: Middleware = {
  async onRequest({ request }) {
    if (request.method !== "GET") return undefined;
    await held;
    return new Request(request, { signal: control.signal });
  },
};
