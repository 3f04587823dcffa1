import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { followJob } from "../../api/stream.ts";
import { isLive } from "../../words/jobs.ts";
import { appendPoints, ofNames } from "./points.ts";
import { CHART_POINTS, type Job, jobKey, type Metrics, metricsKey, useJob } from "./queries.ts";

const POLL_MS = 2_000;
const SETTLED_MS = 300;
const POLL_BESIDE_STREAM_MS = 15_000;

/** One job as it happens: through its event stream, by asking while the stream is down. */
export function useLiveJob(id: string) {
  const queryClient = useQueryClient();
  const [streaming, setStreaming] = useState(false);
  const job = useJob(id, streaming ? POLL_BESIDE_STREAM_MS : POLL_MS);
  const live = job.data !== undefined && isLive(job.data.state);

  useEffect(() => {
    if (!live) return;
    let looking: ReturnType<typeof setTimeout> | undefined;
    const stop = followJob(id, {
      onConnected: setStreaming,
      // The stream begins with the job's whole history: one look afterwards is enough for all of it.
      onEvent: () => {
        clearTimeout(looking);
        looking = setTimeout(() => {
          const own = jobKey(id);
          const isCharts = (key: readonly unknown[]) => key[own.length] === "metrics";
          void queryClient.invalidateQueries({
            queryKey: own,
            predicate: ({ queryKey }) => !isCharts(queryKey),
          });
          void queryClient.invalidateQueries({ queryKey: ["billing"] });
        }, SETTLED_MS);
      },
      // The last state comes with the whole job alone: with it the stream ends, and nobody would fetch the results.
      onProgress: ({ state, ...progress }) =>
        queryClient.setQueryData<Job>(
          jobKey(id),
          (old) => old && { ...old, state: isLive(state) ? state : old.state, progress },
        ),
      onMetrics: (points) => {
        for (const [key, old] of queryClient.getQueriesData<Metrics>({ queryKey: metricsKey(id) })) {
          const [names, zoom] = key.slice(metricsKey(id).length) as [readonly string[] | null, unknown];
          if (!old || zoom) continue;
          const data = appendPoints(old.data, ofNames(points, names));
          queryClient.setQueryData<Metrics>(key, { ...old, data });
          const longest = Math.max(0, ...data.map((one) => one.steps.length));
          if (longest > 2 * CHART_POINTS) void queryClient.invalidateQueries({ queryKey: key });
        }
      },
    });
    return () => {
      clearTimeout(looking);
      stop();
      setStreaming(false);
    };
  }, [id, live, queryClient]);

  return job;
}
