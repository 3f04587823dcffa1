import type { Schemas } from "../../api/client.ts";
import { formatCount } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { Plot } from "./Plot.tsx";
import classes from "./Plot.module.css";

interface Props {
  label: string;
  xLabel: string;
  histogram: Schemas["Histogram"];
  height?: number;
  xFormat?: (value: number) => string;
}

/** A histogram. */
export function Bars({ label, xLabel, histogram, height = 200, xFormat }: Props) {
  const { edges, counts } = histogram;
  const [low = 0, high = 1] = [edges[0], edges.at(-1)];
  if (counts.length === 0) return null;
  return (
    <Plot
      label={label}
      x={low < high ? { low, high } : { low: low - 1, high: high + 1 }}
      y={{ low: 0, high: Math.max(...counts, 1) * 1.05 }}
      xLabel={xLabel}
      yLabel={t("results.rows")}
      yFormat={formatCount}
      height={height}
      {...(xFormat ? { xFormat } : {})}
    >
      {({ x, y, bottom }) =>
        counts.map((count, index) => {
          const [begin = 0, end = 1] = [edges[index], edges[index + 1]];
          const width = Math.max(x(end) - x(begin) - 1, 1.5);
          return (
            <rect
              key={index}
              className={`${classes.bar} ${classes.first}`}
              style={{ stroke: "none" }}
              x={x(begin)}
              y={y(count)}
              width={width}
              height={Math.max(bottom - y(count), 0)}
            />
          );
        })
      }
    </Plot>
  );
}
