import { Group, Stack } from "@mantine/core";
import type { Schemas } from "../../api/client.ts";
import { type Curve, Curves, Keys, Plot } from "../../components/plots/Plot.tsx";
import { rangeOf } from "../../components/plots/scale.ts";
import { formatCount } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import type { Focus } from "./queries.ts";
import { LazySelect } from "../../components/LazySelect.tsx";
import { NumberField } from "../../components/NumberField.tsx";

interface Props {
  forecast: Schemas["Forecast"];
  onFocus: (focus: Focus) => void;
}

/** What was forecast beside what came, and how errors grow with the distance. */
export function ForecastResult({ forecast, onFocus }: Props) {
  const { series, all_series, step, points, errors } = forecast;
  const furthest = errors.at(-1)?.step ?? 1;
  const curves: Curve[] = [
    { label: t("results.truth"), tone: "third", points: points.map(({ truth }, index) => [index, truth]) },
    {
      label: t("results.forecast"),
      tone: "first",
      points: points.map(({ prediction }, index) => [index, prediction]),
    },
  ];
  const byStep: Curve[] = [
    { label: t("results.model"), tone: "first", points: errors.map((each) => [each.step, each.model]) },
    {
      label: t("results.lastValue"),
      tone: "third",
      points: errors.map((each) => [each.step, each.naive]),
      dashed: true,
    },
    ...(errors.some(({ seasonal_naive }) => seasonal_naive !== null)
      ? [
          {
            label: t("results.lastSeason"),
            tone: "second" as const,
            points: errors.map((each): [number, number | null] => [each.step, each.seasonal_naive]),
            dashed: true,
          },
        ]
      : []),
  ];
  const values = (drawn: Curve[]) => drawn.flatMap((curve) => curve.points.map(([, value]) => value));
  return (
    <Stack gap="md">
      <Group align="flex-end" gap="md">
        {all_series.length > 1 && (
          <LazySelect
            label={t("results.series")}
            data={all_series}
            value={series}
            onChange={(value) => value !== null && onFocus({ series: value, step })}
            allowDeselect={false}
            searchable
          />
        )}
        {furthest > 1 && (
          <NumberField
            label={t("results.howFarAhead")}
            min={1}
            max={furthest}
            value={step}
            onChange={(value) => Number(value) >= 1 && onFocus({ series, step: Number(value) })}
            w={160}
          />
        )}
      </Group>
      <Keys curves={curves} />
      <Plot
        label={t("results.forecastLabel", { series })}
        x={{ low: 0, high: Math.max(points.length - 1, 1) }}
        y={rangeOf(values(curves))}
        xLabel={t("results.testSteps")}
        yLabel=""
        xFormat={formatCount}
      >
        {(scales) => <Curves curves={curves} scales={scales} />}
      </Plot>
      {furthest > 1 && (
        <>
          <Keys curves={byStep} />
          <Plot
            label={t("results.errorByStep")}
            x={{ low: 1, high: furthest }}
            y={{ ...rangeOf(values(byStep)), low: 0 }}
            xLabel={t("results.howFarAhead")}
            yLabel={t("results.meanError")}
            xFormat={formatCount}
            height={180}
          >
            {(scales) => <Curves curves={byStep} scales={scales} />}
          </Plot>
        </>
      )}
    </Stack>
  );
}
