import { Button, FileButton, Group, Stack, Text, Textarea } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { DropArea } from "../../components/DropArea.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { formatCount } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { usePreview, useVersion } from "../datasets/queries.ts";
import { columnsOfSteps, csvOf, type Reading, type StepColumns, stepsIn, tailOf } from "./steps.ts";
import type { InputProps } from "./TryModel.tsx";

/** The last rows of a series as CSV: typed, pasted, dropped or from a file. */
export function StepsInput(props: InputProps) {
  const version = useVersion(props.model.dataset_id, props.model.dataset_version);
  return (
    <Loaded query={version}>
      {({ profile }) =>
        profile?.profile.kind === "series" && (
          <StepsForm {...props} columns={columnsOfSteps(profile.profile)} />
        )
      }
    </Loaded>
  );
}

function StepsForm({ model, busy, onPredict, columns }: InputProps & { columns: StepColumns }) {
  const preview = usePreview(model.dataset_id, model.dataset_version).data;
  const [text, setText] = useState("");
  const reading = stepsIn(text, columns);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (typeof reading === "object" && "steps" in reading) onPredict(reading.steps);
  };
  const take = async (file: File) => setText(await tailOf(file));
  const { channels, time, series } = columns;
  return (
    <DropArea onFile={(file) => void take(file)}>
      <Stack component="form" onSubmit={submit} gap="md">
        <Textarea
          label={t("tryModel.stepsOldestFirst")}
          description={t("tryModel.stepsHint", {
            columns: [time, series, ...channels].filter(Boolean).join(", "),
          })}
          placeholder={[[time, ...channels].join(","), "…"].join("\n")}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={problemOf(reading)}
          rows={8}
          ff="monospace"
          spellCheck={false}
        />
        <Read reading={reading} />
        <Group gap="xs">
          <Button
            type="submit"
            variant="default"
            loading={busy}
            disabled={typeof reading !== "object" || !("steps" in reading)}
          >
            {t("tryModel.predict")}
          </Button>
          <FileButton accept=".csv,.tsv,text/csv" onChange={(file) => file && void take(file)}>
            {(props) => (
              <Button {...props} variant="subtle">
                {t("tryModel.chooseCsv")}
              </Button>
            )}
          </FileButton>
          {preview && preview.rows.length > 0 && (
            <Button variant="subtle" onClick={() => setText(csvOf(channels, preview.rows))}>
              {t("tryModel.takeSomeSteps")}
            </Button>
          )}
        </Group>
      </Stack>
    </DropArea>
  );
}

function problemOf(reading: Reading): string | null {
  if (reading === "unreadable") return t("tryModel.noSteps");
  if (typeof reading === "object" && "missing" in reading)
    return t("tryModel.columnsLack", { columns: reading.missing.join(", ") });
  return null;
}

/** What was understood, to be held against what was meant. */
function Read({ reading }: { reading: Reading }) {
  if (typeof reading !== "object" || !("steps" in reading)) return null;
  const { steps, first, last, series } = reading;
  return (
    <Text size="xs" c="dimmed" role="status">
      {t("tryModel.stepsRead", { steps: formatCount(steps.length), count: steps.length })}
      {first && ` ${t("tryModel.stepsFromTo", { first, last })}`}
      {series && ` ${t("tryModel.stepsOfSeries", { series })}`}
    </Text>
  );
}
