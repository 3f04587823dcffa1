import { SegmentedControl, SimpleGrid, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { asProblem } from "../../api/problem.ts";
import { Loaded } from "../../components/Loaded.tsx";
import { Section } from "../../components/Section.tsx";
import { formatCount } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { useModel } from "../models/queries.ts";
import { ClassTable } from "./ClassTable.tsx";
import { ConfusionMatrix } from "./ConfusionMatrix.tsx";
import { ExampleRows } from "./ExampleRows.tsx";
import { ForecastResult } from "./ForecastResult.tsx";
import { Places } from "./Places.tsx";
import { type ClassReport, type Evaluation, type Focus, useEvaluation } from "./queries.ts";
import { Residuals } from "./Residuals.tsx";
import { Thresholds } from "./Thresholds.tsx";
import { WrittenAnswers } from "./WrittenAnswers.tsx";

/** What the finished model answered to rows that training never saw, in the pictures of its task. */
export function ModelResults({ modelId }: { modelId: string }) {
  const [focus, setFocus] = useState<Focus>({});
  const evaluation = useEvaluation(modelId, focus);
  const report = useModel(modelId).data?.class_report ?? null;
  if (evaluation.isLoadingError && asProblem(evaluation.error).status === 404) return null;
  return (
    <Loaded query={evaluation}>
      {(found) => (
        <>
          {report && <Classes modelId={modelId} report={report} tags={found.kind === "tags"} />}
          <Pictures evaluation={found} onFocus={setFocus} />
          {found.kind === "texts" && <WrittenAnswers modelId={modelId} />}
          <Examples modelId={modelId} evaluation={found} target={focus.target} />
        </>
      )}
    </Loaded>
  );
}

function Classes({ modelId, report, tags }: { modelId: string; report: ClassReport; tags: boolean }) {
  const hasMatrix = report.confusion.length > 0;
  return (
    <SimpleGrid cols={{ base: 1, lg: hasMatrix ? 2 : 1 }} spacing="lg">
      {hasMatrix && (
        <Section title={t("results.confusion")}>
          <ConfusionMatrix modelId={modelId} report={report} />
        </Section>
      )}
      <Section title={tags ? t("results.byType") : t("results.byClass")}>
        <ClassTable report={report} tags={tags} />
      </Section>
    </SimpleGrid>
  );
}

/** What there is to see beside classes. */
export function Pictures({
  evaluation,
  onFocus,
}: {
  evaluation: Evaluation;
  onFocus: (focus: Focus) => void;
}) {
  const { thresholds, residuals, forecast, places } = evaluation;
  return (
    <>
      {thresholds && (
        <Section title={t("results.precisionAndRecall")}>
          <Thresholds thresholds={thresholds} onLabel={(label) => onFocus({ label })} />
        </Section>
      )}
      {residuals && (
        <Section title={t("results.residuals")}>
          <Residuals residuals={residuals} onTarget={(target) => onFocus({ target })} />
        </Section>
      )}
      {forecast && (
        <Section title={t("results.forecastAgainstTruth")}>
          <ForecastResult forecast={forecast} onFocus={onFocus} />
        </Section>
      )}
      {places && (
        <Section title={t("results.nextItem")}>
          <Places places={places} />
        </Section>
      )}
    </>
  );
}

/** What the error of a row is called, by the kind of answers. */
const ERRORS: Partial<Record<Evaluation["kind"], string>> = {
  numbers: t("results.offBy"),
  forecast: t("results.offBy"),
  texts: t("results.lossOfRow"),
  tags: t("results.lossOfRow"),
  order: t("results.place"),
  labels: t("results.wrongLabels"),
  blocks: t("results.lossOfRow"),
};

function Examples({
  modelId,
  evaluation,
  target,
}: {
  modelId: string;
  evaluation: Evaluation;
  target: string | undefined;
}) {
  const [shown, setShown] = useState("worst");
  const { kind, rows, is_whole } = evaluation;
  if (rows === 0) return null;
  const filter = {
    ...(target ? { target } : {}),
    ...(shown === "worst" ? { order: "worst" as const } : { order: "as_stored" as const }),
  };
  return (
    <Section
      title={kind === "texts" ? t("results.sideBySide") : t("results.testRows")}
      aside={
        <SegmentedControl
          size="xs"
          value={shown}
          onChange={setShown}
          aria-label={t("results.order")}
          data={[
            { value: "worst", label: t("results.worstFirst") },
            { value: "all", label: t("results.asStored") },
          ]}
        />
      }
    >
      <Stack gap="xs">
        {!is_whole && (
          <Text size="sm" c="dimmed">
            {t("results.onlyTheFirst", { rows: formatCount(rows) })}
          </Text>
        )}
        <ExampleRows modelId={modelId} filter={filter} texts={kind === "texts"} errorLabel={ERRORS[kind]} />
      </Stack>
    </Section>
  );
}
