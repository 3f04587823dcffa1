import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { lookOf } from "../../charts/palette.ts";
import { formatFigure } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import classes from "./ParallelCoordinates.module.css";

export interface Dimension {
  key: string;
  label: string;
  /** One a run. */
  values: readonly (string | number | boolean | null | undefined)[];
}

interface Props {
  names: readonly string[];
  dimensions: readonly Dimension[];
  hidden: ReadonlySet<number>;
}

const HEIGHT = 240;
const LEAST_GAP = 150;
const TOP = 34;
const LEFT = 60;

interface Axis {
  label: string;
  ticks: { at: number; label: string }[];
  place: (run: number) => number;
}

/** Where a run crosses that has no such setting: below the rest. */
const MISSING = HEIGHT + 14;
const NOTHING = "–";

/** Numbers from the least at the bottom to the greatest; anything else at a place a value. */
function axisOf({ label, values }: Dimension): Axis {
  const given = values.filter((value) => value !== null && value !== undefined);
  if (given.every((value) => typeof value === "number")) {
    const numbers = given.filter((value) => Number.isFinite(value));
    const [least, greatest] = [Math.min(...numbers), Math.max(...numbers)];
    const log = least > 0 && greatest / least >= 100;
    const scale = (value: number) => (log ? Math.log(value) : value);
    const width = scale(greatest) - scale(least) || 1;
    const at = (value: number) => HEIGHT - (HEIGHT * (scale(value) - scale(least))) / width;
    return {
      label,
      ticks: [
        ...[...new Set([least, greatest])].map((value) => ({ at: at(value), label: formatFigure(value) })),
        ...(given.length < values.length ? [{ at: MISSING, label: NOTHING }] : []),
      ],
      place: (run) => {
        const value = values[run];
        return typeof value === "number" && Number.isFinite(value) ? at(value) : MISSING;
      },
    };
  }
  const textOf = (value: Dimension["values"][number]) => String(value ?? NOTHING);
  const kinds = [...new Set(values.map(textOf))].sort();
  const at = (kind: string) => (HEIGHT * (kinds.indexOf(kind) + 0.5)) / kinds.length;
  return {
    label,
    ticks: kinds.slice(0, 12).map((kind) => ({ at: at(kind), label: kind.slice(0, 16) })),
    place: (run) => at(textOf(values[run])),
  };
}

/** Parallel coordinates (Inselberg, 1985): a line a run, an axis a setting or result. */
export function ParallelCoordinates({ names, dimensions, hidden }: Props) {
  const scheme = useComputedColorScheme("light");
  const axes = dimensions.map(axisOf);
  const { ref, width: room } = useElementSize<HTMLDivElement>();
  const gaps = Math.max(1, axes.length - 1);
  const gap = Math.max(LEAST_GAP, (room - LEFT * 2) / gaps);
  const width = LEFT * 2 + gap * gaps;
  const x = (index: number) => LEFT + gap * index;
  const lines = names.map(
    (_, run) =>
      `M${axes.map((axis, index) => `${x(index)} ${(TOP + axis.place(run)).toFixed(1)}`).join("L")}`,
  );
  return (
    <div ref={ref} className={classes.scroller} tabIndex={0} role="group" aria-label={t("compare.parallel")}>
      <svg
        width={width}
        height={HEIGHT + TOP + 24}
        role="img"
        aria-label={t("compare.parallelOf", { axes: axes.map(({ label }) => label).join(", ") })}
      >
        {lines.map(
          (path, run) =>
            !hidden.has(run) && (
              <path key={names[run]} d={path} className={classes.line} stroke={lookOf(run).color[scheme]}>
                <title>{names[run]}</title>
              </path>
            ),
        )}
        {axes.map((axis, index) => (
          <g key={dimensions[index]?.key} transform={`translate(${x(index)} ${TOP})`}>
            <line y2={HEIGHT} className={classes.axis} />
            <text y={-16} textAnchor="middle" className={classes.name}>
              {axis.label}
            </text>
            {axis.ticks.map(({ at, label }) => (
              <text key={label} x={6} y={at + 3} className={classes.tick}>
                {label}
              </text>
            ))}
          </g>
        ))}
      </svg>
    </div>
  );
}
