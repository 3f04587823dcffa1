import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { sendForm } from "../../api/sendForm.ts";
import type { Model } from "./queries.ts";

export interface Adapter {
  /** A zip of the directory that peft's `save_pretrained` wrote. */
  file: File;
  base: string;
  name: string;
}

/** Uploads an adapter, which becomes a model. `progress` is the fraction that has been sent. */
export function useImport() {
  const queryClient = useQueryClient();
  const [progress, setProgress] = useState(0);
  const running = useRef<AbortController | null>(null);
  const sending = useMutation({
    mutationFn: ({ file, base, name }: Adapter) => {
      setProgress(0);
      running.current = new AbortController();
      const options = {
        fields: { base, name, file },
        onProgress: setProgress,
        signal: running.current.signal,
      };
      return sendForm("/api/v1/models/import", options) as Promise<Model>;
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["models"] }),
  });
  const stop = () => running.current?.abort();
  useEffect(() => () => running.current?.abort(), []);
  return { ...sending, progress, stop };
}
