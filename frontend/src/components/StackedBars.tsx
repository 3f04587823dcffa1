import { Box, Group, Text } from "@mantine/core";
import classes from "./StackedBars.module.css";

export interface Series {
  key: string;
  label: string;
}

export interface Bar {
  /** What the bar stands for, such as its day. */
  label: string;
  /** By series; what is left out is nothing. */
  values: Record<string, number>;
}

interface Props {
  /** What the chart shows; read out with its sum. */
  label: string;
  series: Series[];
  bars: Bar[];
  format: (value: number) => string;
  /** Drawn as a dashed line, such as the slots that there are. */
  limit?: { value: number; label: string };
  height?: number;
}

/** Okabe and Ito's colours, which people of any colour vision tell apart, and greys for what comes after. */
const COLORS = [
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#cc79a7",
  "#56b4e9",
  "#d55e00",
  "#8a7a00",
  "#7a6fb0",
  "#3f8f8f",
  "#a05a2c",
  "#6b7681",
  "#9aa3ad",
  "#c3c9d0",
];

const sum = (values: Record<string, number>): number =>
  Object.values(values).reduce((all, one) => all + one, 0);
export const colorOf = (index: number): string => COLORS[Math.min(index, COLORS.length - 1)] ?? "#6b7681";

/** Amounts over time, one bar for each step, its parts one above the other; the page has the figures as a table. */
export function StackedBars({ label, series, bars, format, limit, height = 160 }: Props) {
  const highest = Math.max(limit?.value ?? 0, ...bars.map(({ values }) => sum(values)));
  const share = (value: number) => `${(highest > 0 ? value / highest : 0) * 100}%`;
  const total = bars.reduce((all, { values }) => all + sum(values), 0);
  return (
    <Box>
      <Group gap="md" mb={8}>
        {series.map(({ key, label: name }, index) => (
          <Group key={key} gap={6} wrap="nowrap">
            <span className={classes.key} style={{ background: colorOf(index) }} />
            <Text size="xs" c="dimmed">
              {name}
            </Text>
          </Group>
        ))}
        {limit && (
          <Text size="xs" c="dimmed" ml="auto">
            {limit.label}
          </Text>
        )}
      </Group>
      <Group gap={8} align="stretch" wrap="nowrap">
        <Text size="xs" c="dimmed" className="figures" ta="right" miw={40}>
          {format(highest)}
        </Text>
        <div
          className={classes.frame}
          style={{ height, flex: 1 }}
          role="img"
          aria-label={`${label}: ${format(total)}`}
        >
          {limit && limit.value > 0 && (
            <div className={classes.limit} style={{ bottom: share(limit.value) }} />
          )}
          {bars.map((bar) => (
            <div key={bar.label} className={classes.bar} title={titleOf(bar, series, format)}>
              {series.map(({ key }, index) => (
                <div key={key} style={{ height: share(bar.values[key] ?? 0), background: colorOf(index) }} />
              ))}
            </div>
          ))}
        </div>
      </Group>
      <Group justify="space-between" ml={48} mt={4}>
        <Text size="xs" c="dimmed">
          {bars[0]?.label}
        </Text>
        <Text size="xs" c="dimmed">
          {bars.at(-1)?.label}
        </Text>
      </Group>
    </Box>
  );
}

function titleOf(bar: Bar, series: Series[], format: Props["format"]): string {
  const parts = series
    .filter(({ key }) => bar.values[key])
    .map(({ key, label }) => `${label} ${format(bar.values[key] ?? 0)}`);
  return [bar.label, ...parts].join("\n");
}
