import { SegmentedControl, Stack } from "@mantine/core";
import { useState } from "react";
import { Section } from "../../components/Section.tsx";
import { ExistingData } from "./ExistingData.tsx";
import type { ChosenData } from "./NewJobPage.tsx";
import { UploadData } from "./UploadData.tsx";

type Source = "upload" | "existing";

const SOURCES: { value: Source; label: string }[] = [
  { value: "upload", label: "Upload a file" },
  { value: "existing", label: "Existing dataset" },
];

export function DataSection({ onReady }: { onReady: (data: ChosenData) => void }) {
  const [source, setSource] = useState<Source>("upload");
  return (
    <Section title="1. Data">
      <Stack gap="md">
        <SegmentedControl
          data={SOURCES}
          value={source}
          onChange={(value) => setSource(value)}
          aria-label="Where the data comes from"
          w="fit-content"
        />
        {source === "upload" ? <UploadData onReady={onReady} /> : <ExistingData onReady={onReady} />}
      </Stack>
    </Section>
  );
}
