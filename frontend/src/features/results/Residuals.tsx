import { Group, SimpleGrid, Stack } from "@mantine/core";
import type { Schemas } from "../../api/client.ts";
import { Fact } from "../../components/Fact.tsx";
import { Bars } from "../../components/plots/Bars.tsx";
import { Plot } from "../../components/plots/Plot.tsx";
import classes from "../../components/plots/Plot.module.css";
import { rangeOf } from "../../components/plots/scale.ts";
import { formatFigure } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { LazySelect } from "../../components/LazySelect.tsx";

interface Props {
  residuals: Schemas["Residuals"];
  onTarget: (target: string) => void;
}

/** Predictions against truths, and how far off they are. */
export function Residuals({ residuals, onTarget }: Props) {
  const { target, targets, points, histogram, bias, half_within, most_within } = residuals;
  const range = rangeOf(points.flat());
  return (
    <Stack gap="md">
      <Group align="flex-end" gap="lg">
        {targets.length > 1 && (
          <LazySelect
            label={t("results.target")}
            data={targets}
            value={target}
            onChange={(value) => value && onTarget(value)}
            allowDeselect={false}
          />
        )}
        <Group component="dl" m={0} gap="xl">
          <Fact label={t("results.halfWithin")}>± {formatFigure(half_within)}</Fact>
          <Fact label={t("results.mostWithin")}>± {formatFigure(most_within)}</Fact>
          <Fact label={t("results.bias")}>{formatFigure(bias)}</Fact>
        </Group>
      </Group>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Plot
          label={t("results.scatterLabel", { count: points.length })}
          x={range}
          y={range}
          xLabel={t("results.truth")}
          yLabel={t("results.answer")}
          height={260}
        >
          {({ x, y }) => (
            <>
              <line
                className={classes.guide}
                x1={x(range.low)}
                y1={y(range.low)}
                x2={x(range.high)}
                y2={y(range.high)}
              />
              {points.map(([truth = 0, prediction = 0], index) => (
                <circle
                  key={index}
                  className={`${classes.first} ${classes.dot}`}
                  style={{ stroke: "none" }}
                  cx={x(truth)}
                  cy={y(prediction)}
                  r={2.5}
                />
              ))}
            </>
          )}
        </Plot>
        <Bars
          label={t("results.residualLabel")}
          xLabel={t("results.residual")}
          histogram={histogram}
          height={260}
        />
      </SimpleGrid>
    </Stack>
  );
}
