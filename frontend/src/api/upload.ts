/** Resumable uploads by tus 1.0: with progress, pauses, and going on after a broken connection or a reload. */
import { type DetailedError, Upload } from "tus-js-client";
import { api, type Schemas, unwrap } from "./client.ts";
import { csrfToken } from "./headers.ts";
import { type ApiProblem, asProblem, problemOf, unreachable } from "./problem.ts";

export interface NewDataset {
  name: string;
  task: Schemas["Task"];
  options: NonNullable<Schemas["DatasetCreateRequest"]["options"]>;
}

export interface UploadOptions {
  /** The dataset that the file makes, or the id of the one that it is the next version of. */
  into: NewDataset | { dataset: string };
  file: File;
  /** Called with the fraction that has arrived, 0 to 1. */
  onProgress: (fraction: number) => void;
  onDone: (version: Schemas["DatasetVersion"]) => void;
  onError: (problem: ApiProblem) => void;
}

export interface RunningUpload {
  /** Stops sending; what has arrived stays for a day. */
  pause: () => void;
  resume: () => void;
  /** Ends it, and takes back what was made for it. */
  stop: () => Promise<void>;
}

const ENDPOINT = "/api/v1/uploads/";
const RETRY_MS = [0, 1_000, 3_000, 5_000, 10_000, 20_000];

function bodyOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return null;
  }
}

const isDetailed = (error: Error): error is DetailedError => "originalResponse" in error;

function problemIn(error: Error): ApiProblem {
  const response = isDetailed(error) ? error.originalResponse : null;
  return response ? problemOf(response.getStatus(), bodyOf(response.getBody())) : unreachable();
}

function metadataOf(into: UploadOptions["into"], file: File): Record<string, string> {
  if ("dataset" in into) return { filename: file.name, dataset: into.dataset };
  return {
    filename: file.name,
    name: into.name,
    task: into.task,
    options: JSON.stringify(into.options),
  };
}

const same = (a: Record<string, string>, b: Record<string, string>): boolean =>
  JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());

const stateOf = (url: string) =>
  unwrap(
    api.GET("/api/v1/uploads/{upload_id}", {
      params: { path: { upload_id: decodeURIComponent(url.split("/").filter(Boolean).at(-1) ?? "") } },
    }),
  );

async function versionOf(url: string): Promise<Schemas["DatasetVersion"]> {
  const { dataset_id, version_id } = await stateOf(url);
  const path = { dataset_id, version: version_id ?? "" };
  return unwrap(api.GET("/api/v1/datasets/{dataset_id}/versions/{version}", { params: { path } }));
}

/** Deletes the dataset that was made for an upload, unless it has versions. */
async function removeEmpty(dataset_id: string): Promise<void> {
  const options = { params: { path: { dataset_id } } };
  const dataset = await unwrap(api.GET("/api/v1/datasets/{dataset_id}", options));
  if (dataset.versions_count === 0) await unwrap(api.DELETE("/api/v1/datasets/{dataset_id}", options));
}

/** Begins to send `file`, or goes on with the same one that was broken off. */
export function startUpload({ into, file, onProgress, onDone, onError }: UploadOptions): RunningUpload {
  const metadata = metadataOf(into, file);
  const upload = new Upload(file, {
    endpoint: ENDPOINT,
    metadata,
    retryDelays: RETRY_MS,
    removeFingerprintOnSuccess: true,
    onBeforeRequest: (request) => request.setHeader("X-CSRFToken", csrfToken()),
    onProgress: (sent, total) => onProgress(total > 0 ? sent / total : 0),
    onError: (error) => onError(problemIn(error)),
    onSuccess: () => {
      versionOf(upload.url ?? "").then(onDone, (error: unknown) => onError(asProblem(error)));
    },
  });
  const begin = async () => {
    const earlier = (await upload.findPreviousUploads()).find((each) => same(each.metadata, metadata));
    if (earlier) upload.resumeFromPreviousUpload(earlier);
    upload.start();
  };
  begin().catch((error: unknown) => onError(asProblem(error)));
  return {
    pause: () => void upload.abort(),
    resume: () => upload.start(),
    stop: async () => {
      const { url } = upload;
      const dataset = url && !("dataset" in into) ? (await stateOf(url)).dataset_id : null;
      await upload.abort(true);
      if (dataset) await removeEmpty(dataset);
    },
  };
}
