/** Uploads with progress, which `fetch` cannot report. */
import type { Schemas } from "./client.ts";
import { csrfToken, newIdempotencyKey } from "./headers.ts";
import { ApiProblem, problemOf, unreachable } from "./problem.ts";
import { t } from "../i18n/index.ts";

interface Options {
  datasetId: string;
  file: File;
  /** Called with the fraction that has been sent, 0 to 1. */
  onProgress: (fraction: number) => void;
  signal: AbortSignal;
}

function bodyOf(request: XMLHttpRequest): unknown {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return null;
  }
}

/** Sends `file` as the dataset's next version. Rejects with an `ApiProblem`. */
export function uploadVersion({
  datasetId,
  file,
  onProgress,
  signal,
}: Options): Promise<Schemas["DatasetVersion"]> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1/datasets/${encodeURIComponent(datasetId)}/versions`);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("Idempotency-Key", newIdempotencyKey());
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => {
      const body = bodyOf(request);
      if (request.status === 201) resolve(body as Schemas["DatasetVersion"]);
      else reject(problemOf(request.status, body));
    };
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new ApiProblem(t("problems.theUploadWasStopped"), 0, "upload_stopped"));
    signal.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
}
