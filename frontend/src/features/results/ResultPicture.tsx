import { useState } from "react";
import { asProblem } from "../../api/problem.ts";
import { Loaded } from "../../components/Loaded.tsx";
import { Section } from "../../components/Section.tsx";
import { t } from "../../i18n/index.ts";
import { useModel } from "../models/queries.ts";
import { ClassTable } from "./ClassTable.tsx";
import { ConfusionMatrix } from "./ConfusionMatrix.tsx";
import { Pictures } from "./ModelResults.tsx";
import { type Focus, useEvaluation } from "./queries.ts";
import { WrittenAnswers } from "./WrittenAnswers.tsx";

/** The one picture that tells most of a result: confusion matrix, residuals, forecast, answers, by its task. */
export function ResultPicture({ modelId }: { modelId: string }) {
  const [focus, setFocus] = useState<Focus>({});
  const evaluation = useEvaluation(modelId, focus);
  const report = useModel(modelId).data?.class_report ?? null;
  if (report && report.confusion.length > 0)
    return (
      <Section title={t("results.confusion")}>
        <ConfusionMatrix modelId={modelId} report={report} />
      </Section>
    );
  if (evaluation.isLoadingError && asProblem(evaluation.error).status === 404) return null;
  return (
    <Loaded query={evaluation}>
      {(found) => (
        <>
          {report && (
            <Section title={found.kind === "tags" ? t("results.byType") : t("results.byClass")}>
              <ClassTable report={report} tags={found.kind === "tags"} />
            </Section>
          )}
          <Pictures evaluation={{ ...found, thresholds: null }} onFocus={setFocus} />
          {found.kind === "texts" && <WrittenAnswers modelId={modelId} />}
        </>
      )}
    </Loaded>
  );
}
