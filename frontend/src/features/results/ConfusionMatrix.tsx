import { Stack, Text, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { formatCount } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import classes from "./ConfusionMatrix.module.css";
import { ExampleRows } from "./ExampleRows.tsx";
import type { ClassReport } from "./queries.ts";

/** A full cell's share of colour: at more of it no ink could be read on cells that are half full. */
const DEEPEST = 0.45;

/** Rows are truths, columns answers; a cell opens its examples. */
export function ConfusionMatrix({ modelId, report }: { modelId: string; report: ClassReport }) {
  const [chosen, choose] = useState<{ truth: string; prediction: string } | null>(null);
  const { classes: names, confusion } = report;
  if (confusion.length === 0) return null;
  return (
    <Stack gap="md">
      <Text size="xs" c="dimmed">
        {t("results.matrixHint")}
      </Text>
      <div className={classes.scroller} tabIndex={0} role="group" aria-label={t("results.confusion")}>
        <table className={classes.matrix}>
          <thead>
            <tr>
              <th scope="col">{t("results.truthByAnswer")}</th>
              {names.map((name) => (
                <th key={name} scope="col" title={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {confusion.map((counts, truth) => (
              <tr key={names[truth]}>
                <th scope="row" title={names[truth]}>
                  {names[truth]}
                </th>
                {counts.map((count, prediction) => (
                  <td key={names[prediction]}>
                    <Cell
                      count={count}
                      share={
                        count /
                        Math.max(
                          counts.reduce((sum, each) => sum + each, 0),
                          1,
                        )
                      }
                      isRight={truth === prediction}
                      truth={names[truth] ?? ""}
                      prediction={names[prediction] ?? ""}
                      isChosen={chosen?.truth === names[truth] && chosen?.prediction === names[prediction]}
                      onChoose={choose}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {chosen && (
        <Stack gap="xs" aria-live="polite">
          <Text fw={550} size="sm">
            {t("results.takenFor", chosen)}
          </Text>
          <ExampleRows modelId={modelId} filter={chosen} />
        </Stack>
      )}
    </Stack>
  );
}

interface CellProps {
  count: number;
  share: number;
  isRight: boolean;
  truth: string;
  prediction: string;
  isChosen: boolean;
  onChoose: (cell: { truth: string; prediction: string }) => void;
}

function Cell({ count, share, isRight, truth, prediction, isChosen, onChoose }: CellProps) {
  const ink = isRight ? "var(--ty-plot-first)" : "var(--ty-plot-second)";
  const strength = Math.round(share * DEEPEST * 100);
  const ground = `color-mix(in srgb, ${ink} ${count ? Math.max(strength, 4) : 0}%, transparent)`;
  const label = t("results.cell", { count, truth, prediction });
  if (count === 0)
    return (
      <span className={classes.cell} aria-label={label} role="img">
        <Text span size="xs" c="dimmed">
          ·
        </Text>
      </span>
    );
  return (
    <UnstyledButton
      className={classes.cell}
      style={{ background: ground }}
      data-chosen={isChosen || undefined}
      aria-pressed={isChosen}
      aria-label={label}
      onClick={() => onChoose({ truth, prediction })}
    >
      {formatCount(count)}
    </UnstyledButton>
  );
}
