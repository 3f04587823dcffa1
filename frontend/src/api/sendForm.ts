/** A form with a file, sent with its progress: `fetch` tells of none. */
import { csrfToken, newIdempotencyKey } from "./headers.ts";
import { problemOf, unreachable } from "./problem.ts";

interface Options {
  fields: Record<string, string | File>;
  /** Called with the fraction that has been sent, 0 to 1. */
  onProgress: (fraction: number) => void;
  /** Ends it before it has arrived; the promise is then rejected as by a broken connection. */
  signal?: AbortSignal;
}

/** The JSON that the POST answers. Rejects with an `ApiProblem`. */
export function sendForm(path: string, { fields, onProgress, signal }: Options): Promise<unknown> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", new URL(path, window.location.origin));
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("Idempotency-Key", newIdempotencyKey());
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => {
      const body = bodyOf(request.responseText);
      if (request.status < 300) resolve(body);
      else reject(problemOf(request.status, body));
    };
    request.onerror = request.onabort = () => reject(unreachable());
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
