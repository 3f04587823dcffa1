import { SegmentedControl, Stack } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { t } from "../../i18n/index.ts";
import type { DatasetDetail, ReadyData } from "./queries.ts";
import { UploadData } from "./UploadData.tsx";

/** Loaded when it is chosen. */
const FromAddress = lazy(async () => ({ default: (await import("./FromAddress.tsx")).FromAddress }));

type Source = "file" | "address";

const SOURCES: { value: Source; label: string }[] = [
  { value: "file", label: t("data.aFile") },
  { value: "address", label: t("data.anAddress") },
];

interface Props {
  /** The dataset that the file is the next version of; without it, a new one is made. */
  dataset?: DatasetDetail;
  onReady: (data: ReadyData) => void;
}

/** Data from a file of this machine, or from an address that the service fetches. */
export function AddData(props: Props) {
  const [source, setSource] = useState<Source>("file");
  return (
    <Stack gap="md">
      <SegmentedControl
        data={SOURCES}
        value={source}
        onChange={(value) => setSource(value)}
        aria-label={t("data.whereTheFileIs")}
        w="fit-content"
      />
      {source === "file" ? (
        <UploadData {...props} />
      ) : (
        <Suspense>
          <FromAddress {...props} />
        </Suspense>
      )}
    </Stack>
  );
}
