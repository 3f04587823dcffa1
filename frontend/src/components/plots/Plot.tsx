import { Group, Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import type { ReactNode } from "react";
import { formatFigure } from "../../format/number.ts";
import classes from "./Plot.module.css";
import { type Range, ticksOf } from "./scale.ts";

export interface Scales {
  x: (value: number) => number;
  y: (value: number) => number;
  bottom: number;
}

interface Props {
  /** What the plot shows, in a sentence, for those who do not see it. */
  label: string;
  x: Range;
  y: Range;
  xLabel: string;
  yLabel: string;
  xFormat?: (value: number) => string;
  yFormat?: (value: number) => string;
  height?: number;
  children: (scales: Scales) => ReactNode;
}

const LEFT = 56;
const BOTTOM = 36;
const TOP = 18;
const RIGHT = 12;

/** A frame of two linear axes with a grid; what stands in it is drawn by `children`. */
export function Plot({
  label,
  x,
  y,
  xLabel,
  yLabel,
  xFormat = formatFigure,
  yFormat = formatFigure,
  height = 240,
  children,
}: Props) {
  const { ref, width: measured } = useElementSize();
  const width = Math.max(measured, 240);
  const bottom = height - BOTTOM;
  const place =
    ({ low, high }: Range, begin: number, end: number) =>
    (value: number) =>
      begin + ((value - low) / (high - low)) * (end - begin);
  const scales: Scales = { x: place(x, LEFT, width - RIGHT), y: place(y, bottom, TOP), bottom };
  return (
    <div ref={ref}>
      <svg
        className={classes.plot}
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
        role="img"
        aria-label={label}
      >
        {ticksOf(y, 4).map((tick) => (
          <g key={`y${tick}`}>
            <line
              className={classes.grid}
              x1={LEFT}
              x2={width - RIGHT}
              y1={scales.y(tick)}
              y2={scales.y(tick)}
            />
            <text className={classes.tick} x={LEFT - 6} y={scales.y(tick)} dy="0.35em" textAnchor="end">
              {yFormat(tick)}
            </text>
          </g>
        ))}
        {ticksOf(x, Math.max(Math.floor(width / 110), 2)).map((tick) => (
          <text
            key={`x${tick}`}
            className={classes.tick}
            x={scales.x(tick)}
            y={bottom + 15}
            textAnchor="middle"
          >
            {xFormat(tick)}
          </text>
        ))}
        <text className={classes.tick} x={(LEFT + width - RIGHT) / 2} y={height - 3} textAnchor="middle">
          {xLabel}
        </text>
        <text className={classes.tick} x={4} y={10}>
          {yLabel}
        </text>
        {children(scales)}
      </svg>
    </div>
  );
}

export interface Curve {
  label: string;
  tone: "first" | "second" | "third";
  points: [number, number | null][];
  dashed?: boolean;
}

/** The path through `points`, which breaks where there is no value. */
function pathOf(points: Curve["points"], { x, y }: Scales): string {
  let path = "";
  let isOn = false;
  for (const [at, value] of points) {
    if (value !== null) path += `${isOn ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    isOn = value !== null;
  }
  return path;
}

export function Curves({ curves, scales }: { curves: Curve[]; scales: Scales }) {
  return curves.map(({ label, tone, points, dashed }) => (
    <path
      key={label}
      className={[classes.line, classes[tone], dashed ? classes.dashed : ""].join(" ")}
      style={{ fill: "none" }}
      d={pathOf(points, scales)}
    />
  ));
}

export function Keys({ curves }: { curves: Pick<Curve, "label" | "tone">[] }) {
  return (
    <Group gap="md" mb={4}>
      {curves.map(({ label, tone }) => (
        <Group key={label} gap={6}>
          <svg width="14" height="4" aria-hidden>
            <rect width="14" height="4" className={classes[tone]} />
          </svg>
          <Text size="xs" c="dimmed">
            {label}
          </Text>
        </Group>
      ))}
    </Group>
  );
}
