import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import { idempotent } from "../../api/headers.ts";
import { uploadVersion } from "../../api/upload.ts";

const NOTHING_MADE = { wanted: "", id: "", isEmpty: false };

export interface NewDataset {
  name: string;
  task: Schemas["Task"];
  options: NonNullable<Schemas["DatasetCreateRequest"]["options"]>;
  file: File;
}

/** Takes back a dataset whose first file was not accepted. What the upload says is what has to be told. */
async function removeEmpty(id: string): Promise<boolean> {
  try {
    await unwrap(api.DELETE("/api/v1/datasets/{dataset_id}", { params: { path: { dataset_id: id } } }));
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes a dataset and uploads its first version. Of an upload that fails no empty dataset stays; after a rejected
 * version a second try uses the same dataset, which the service finds by its name.
 */
export function useUpload() {
  const queryClient = useQueryClient();
  const [progress, setProgress] = useState(0);
  const made = useRef(NOTHING_MADE);
  const abort = useRef(new AbortController());
  const upload = useMutation({
    mutationFn: async ({ name, task, options, file }: NewDataset) => {
      setProgress(0);
      abort.current = new AbortController();
      const body = { name, task, options };
      const wanted = JSON.stringify(body);
      if (made.current.wanted !== wanted) {
        const dataset = await unwrap(api.POST("/api/v1/datasets", { body, ...idempotent() }));
        made.current = { wanted, id: dataset.id, isEmpty: dataset.versions_count === 0 };
      }
      const { id, isEmpty } = made.current;
      const { signal } = abort.current;
      try {
        const version = await uploadVersion({ datasetId: id, file, onProgress: setProgress, signal });
        made.current = { wanted, id, isEmpty: false };
        return version;
      } catch (error) {
        if (isEmpty && (await removeEmpty(id))) made.current = NOTHING_MADE;
        throw error;
      }
    },
    onSuccess: (version) => {
      queryClient.setQueryData(["datasets", version.dataset_id, version.id], version);
      void queryClient.invalidateQueries({ queryKey: ["datasets"], exact: true });
    },
  });
  return { ...upload, progress, stop: () => abort.current.abort() };
}
