/** A job's server-sent events (the one part of the API that OpenAPI cannot type). */
import type { Schemas } from "./client.ts";

export interface MetricPoints {
  steps: number[];
  values: Record<string, (number | null)[]>;
}

export type StreamedProgress = Schemas["JobProgress"] & { state: Schemas["Job"]["state"] };

export interface StreamHandlers {
  onEvent: () => void;
  onMetrics: (points: MetricPoints) => void;
  onProgress: (progress: StreamedProgress) => void;
  /** Whether the stream stands; while it does not, the caller has to ask by itself. */
  onConnected: (connected: boolean) => void;
}

/** Follows the stream until the job has ended or the returned function is called. The browser reconnects by itself. */
export function followJob(jobId: string, handlers: StreamHandlers): () => void {
  const source = new EventSource(`/api/v1/jobs/${encodeURIComponent(jobId)}/stream`);
  source.addEventListener("open", () => handlers.onConnected(true));
  source.addEventListener("error", () => handlers.onConnected(false));
  source.addEventListener("event", handlers.onEvent);
  source.addEventListener("metrics", ({ data }: MessageEvent<string>) =>
    handlers.onMetrics(JSON.parse(data) as MetricPoints),
  );
  source.addEventListener("progress", ({ data }: MessageEvent<string>) =>
    handlers.onProgress(JSON.parse(data) as StreamedProgress),
  );
  return () => source.close();
}
