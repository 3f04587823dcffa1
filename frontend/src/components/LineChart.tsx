import "uplot/dist/uPlot.min.css";
import { Box, Group, Text, useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import { formatCount } from "../format/number.ts";
import classes from "./LineChart.module.css";
import { t } from "../i18n/index.ts";

export interface Line {
  label: string;
  color: { light: string; dark: string };
  steps: number[];
  values: (number | null)[];
  /** A line in the background: no legend, thin and faint. */
  faint?: boolean;
  points?: boolean;
}

interface Props {
  label: string;
  lines: Line[];
  format: (value: number) => string;
}

const HEIGHT = 230;
const FONT = "11px 'Inter Variable', system-ui, sans-serif";
const THEMES = {
  light: { text: "#5c6670", grid: "#e9ecef" },
  dark: { text: "#a3a9b2", grid: "#2e3238" },
};

function align(lines: Line[]): uPlot.AlignedData {
  if (lines.length === 0) return [[]];
  return uPlot.join(lines.map((line) => [line.steps, line.values] as uPlot.AlignedData));
}

function options(
  lines: Line[],
  scheme: "light" | "dark",
  format: Props["format"],
  width: number,
): uPlot.Options {
  const { text, grid } = THEMES[scheme];
  const axis = { stroke: text, font: FONT, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  return {
    width,
    height: HEIGHT,
    padding: [10, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false }, points: { size: 7 } },
    scales: { x: { time: false } },
    axes: [
      {
        ...axis,
        size: 28,
        space: 60,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6],
      },
      { ...axis, size: 56, values: (_, ticks) => ticks.map(format) },
    ],
    series: [
      {},
      ...lines.map((line): uPlot.Series => ({
        label: line.label,
        stroke: line.color[scheme] + (line.faint ? "40" : ""),
        width: line.faint ? 1 : 2,
        spanGaps: true,
        points: { show: line.points ?? false, size: 6 },
      })),
    ],
  };
}

/** The value of `line` at the greatest of its steps that is not beyond `step`. */
function valueAt(line: Line, step: number | null): number | null {
  const index = step === null ? line.steps.length - 1 : line.steps.findLastIndex((own) => own <= step);
  return line.values[index] ?? null;
}

/** Lines over training steps. Drag to zoom, double click to see all; the legend reads the values at the pointer. */
export function LineChart({ label, lines, format }: Props) {
  const scheme = useComputedColorScheme("light");
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const [step, setStep] = useState<number | null>(null);
  const shape = JSON.stringify(lines.map(({ label: name, faint, points }) => [name, faint, points]));
  const current = useRef({ lines, format });
  useEffect(() => {
    current.current = { lines, format };
    chart.current?.setData(align(lines));
  }, [lines, format]);

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const { lines: drawn, format: write } = current.current;
    const plot = new uPlot(
      options(drawn, scheme, (v) => write(v), element.clientWidth),
      align(drawn),
      element,
    );
    plot.over.addEventListener("mousemove", () => setStep(plot.data[0][plot.cursor.idx ?? -1] ?? null));
    plot.over.addEventListener("mouseleave", () => setStep(null));
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    chart.current = plot;
    return () => {
      observer.disconnect();
      plot.destroy();
      chart.current = null;
    };
  }, [scheme, shape]);

  const shown = lines.filter((line) => !line.faint);
  const read = (line: Line, at: number | null) => {
    const value = valueAt(line, at);
    return value === null ? "–" : format(value);
  };
  const summary = shown.map((line) => `${line.label} ${read(line, null)}`).join(", ");
  return (
    <Box>
      <Group gap="md" mb={6} mih={22}>
        {shown.map((line) => (
          <Group key={line.label} gap={6}>
            <span className={classes.key} style={{ background: line.color[scheme] }} />
            <Text size="xs" c="dimmed">
              {line.label}
            </Text>
            <Text size="xs" fw={600} className="figures">
              {read(line, step)}
            </Text>
          </Group>
        ))}
        {step !== null && (
          <Text size="xs" c="dimmed" ml="auto" className="figures">
            {t("common.step", { value: formatCount(step) })}
          </Text>
        )}
      </Group>
      <div ref={host} role="img" aria-label={t("common.overTrainingStepsLatest", { label, summary })} />
    </Box>
  );
}
