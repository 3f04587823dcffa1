import { SegmentedControl, Stack } from "@mantine/core";
import { useState } from "react";
import { Section } from "../../components/Section.tsx";
import { ExistingData } from "./ExistingData.tsx";
import { UploadData } from "../datasets/UploadData.tsx";
import type { ReadyData } from "../datasets/queries.ts";
import { t } from "../../i18n/index.ts";

type Source = "upload" | "existing";

const SOURCES: { value: Source; label: string }[] = [
  { value: "upload", label: t("newJob.uploadAFile") },
  { value: "existing", label: t("newJob.existingDataset") },
];

export function DataSection({ onReady }: { onReady: (data: ReadyData) => void }) {
  const [source, setSource] = useState<Source>("upload");
  return (
    <Section title={t("newJob.n1Data")}>
      <Stack gap="md">
        <SegmentedControl
          data={SOURCES}
          value={source}
          onChange={(value) => setSource(value)}
          aria-label={t("newJob.whereTheDataComes")}
          w="fit-content"
        />
        {source === "upload" ? <UploadData onReady={onReady} /> : <ExistingData onReady={onReady} />}
      </Stack>
    </Section>
  );
}
