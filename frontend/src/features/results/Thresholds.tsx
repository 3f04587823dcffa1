import { Group, SimpleGrid, Slider, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "../../api/client.ts";
import { type Curve, Curves, Keys, Plot } from "../../components/plots/Plot.tsx";
import { Fact } from "../../components/Fact.tsx";
import { formatCount, formatPercent } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { metricName } from "../../words/metrics.ts";
import { LazySelect } from "../../components/LazySelect.tsx";

interface Props {
  thresholds: Schemas["Thresholds"];
  onLabel: (label: string) => void;
}

const percentOf = (value: number | null | undefined) =>
  value === null || value === undefined ? "–" : formatPercent(value);

/** From which probability on a row counts as the class: what that does to precision and recall. */
export function Thresholds({ thresholds: { label, labels, points }, onLabel }: Props) {
  const [step, setStep] = useState(Math.floor(points.length / 2));
  const point = points[step];
  const curves: Curve[] = [
    {
      label: metricName("precision"),
      tone: "first",
      points: points.map((each) => [each.threshold, each.precision]),
    },
    {
      label: metricName("recall"),
      tone: "second",
      points: points.map((each) => [each.threshold, each.recall]),
      dashed: true,
    },
  ];
  return (
    <Stack gap="sm">
      <Group align="flex-end" gap="lg">
        <LazySelect
          label={t("results.class")}
          data={labels}
          value={label}
          onChange={(value) => value && onLabel(value)}
          allowDeselect={false}
          searchable
          w={220}
        />
        <Stack gap={4} flex={1} miw={200}>
          <Text size="sm" id="threshold-label">
            {t("results.threshold", { label, value: point?.threshold.toFixed(2) })}
          </Text>
          <Slider
            min={0}
            max={points.length - 1}
            value={step}
            onChange={setStep}
            label={null}
            thumbLabel={t("results.thresholdShort")}
          />
        </Stack>
      </Group>
      {point && (
        <SimpleGrid component="dl" m={0} cols={{ base: 2, sm: 4 }} spacing="md" aria-live="polite">
          <Fact label={metricName("precision")}>{percentOf(point.precision)}</Fact>
          <Fact label={metricName("recall")}>{percentOf(point.recall)}</Fact>
          <Fact label={t("results.falseAlarms")}>{formatCount(point.false_positives)}</Fact>
          <Fact label={t("results.missed")}>{formatCount(point.false_negatives)}</Fact>
        </SimpleGrid>
      )}
      <Keys curves={curves} />
      <Plot
        label={t("results.thresholdPlot", { label })}
        x={{ low: 0, high: 1 }}
        y={{ low: 0, high: 1 }}
        xLabel={t("results.thresholdShort")}
        yLabel=""
        yFormat={(value) => formatPercent(value)}
        height={210}
      >
        {(scales) => (
          <>
            <Curves curves={curves} scales={scales} />
            {point && (
              <line
                x1={scales.x(point.threshold)}
                x2={scales.x(point.threshold)}
                y1={scales.y(1)}
                y2={scales.bottom}
                stroke="currentColor"
                strokeDasharray="3 4"
              />
            )}
          </>
        )}
      </Plot>
    </Stack>
  );
}
