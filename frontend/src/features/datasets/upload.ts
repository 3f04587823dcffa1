import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { ApiProblem, asProblem } from "../../api/problem.ts";
import type { NewDataset, RunningUpload, UploadOptions } from "../../api/upload.ts";
import { t } from "../../i18n/index.ts";
import type { DatasetVersion } from "./queries.ts";

export interface UploadRequest {
  into: NewDataset | { dataset: string };
  file: File;
}

/** What speaks tus is loaded with the first upload. */
async function begin(options: UploadOptions): Promise<RunningUpload> {
  const { startUpload } = await import("../../api/upload.ts");
  return startUpload(options);
}

/**
 * Makes a dataset with its first version of a file, or the next version of a dataset, and can be paused meanwhile. Of an
 * upload that is stopped no empty dataset stays; after a rejected version a second try uses the same dataset, which the
 * service finds by its name.
 */
export function useUpload() {
  const queryClient = useQueryClient();
  const [progress, setProgress] = useState(0);
  const [isPaused, setPaused] = useState(false);
  const running = useRef<RunningUpload | null>(null);
  const refuse = useRef<(problem: ApiProblem) => void>(() => undefined);
  const upload = useMutation({
    mutationFn: ({ into, file }: UploadRequest) =>
      new Promise<DatasetVersion>((resolve, reject: (problem: ApiProblem) => void) => {
        setProgress(0);
        setPaused(false);
        refuse.current = reject;
        begin({ into, file, onProgress: setProgress, onDone: resolve, onError: reject }).then(
          (begun) => (running.current = begun),
          (error: unknown) => reject(asProblem(error)),
        );
      }),
    onSuccess: (version) => {
      queryClient.setQueryData(["datasets", version.dataset_id, version.id], version);
    },
    onSettled: () => {
      running.current = null;
      void queryClient.invalidateQueries({ queryKey: ["datasets"] });
    },
  });
  // Somebody who leaves the page may come back: what has arrived stays, and the same file goes on from there.
  useEffect(() => () => running.current?.pause(), []);
  const stop = () => {
    const ended = running.current?.stop() ?? Promise.resolve();
    void ended
      .catch(() => undefined) // the service deletes it within a day
      .then(() => refuse.current(new ApiProblem(t("problems.theUploadWasStopped"), 0, "upload_stopped")));
  };
  return {
    ...upload,
    progress,
    isPaused,
    pause: () => {
      running.current?.pause();
      setPaused(true);
    },
    resume: () => {
      setPaused(false);
      running.current?.resume();
    },
    stop,
  };
}
