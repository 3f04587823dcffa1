import { Box, Center, Group, Text, Title, useComputedColorScheme } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMemo, useRef, useState } from "react";
import type uPlot from "uplot";
import { t } from "../i18n/index.ts";
import { ChartMenu, type ExportFormat } from "./ChartMenu.tsx";
import { Legend } from "./Legend.tsx";
import { type ChartSeries, drawingOf, valueAt } from "./model.ts";
import type { Look } from "./options.ts";
import { Plot } from "./Plot.tsx";
import { useChartSettings } from "./settings.tsx";
import { dataRange, type Kind } from "./yaxis.ts";
import { LazyModal } from "../components/LazyModal.tsx";

interface Props {
  title: string;
  series: readonly ChartSeries[];
  /** `fraction` for shares of one, which are written as percentages. */
  kind?: Kind;
  format: (value: number) => string;
  /** Steps at which training went on from a checkpoint. */
  marks?: readonly number[];
  /** Where every point can be had as CSV. */
  csv?: string;
  height?: number;
  heading?: 2 | 3;
}

const HEIGHT = 240;
const NO_MARKS: readonly number[] = [];

/** Lines over training: title, tools, values at the cursor, and the plot; the same on a full screen. */
export function Chart(props: Props) {
  const [full, screen] = useDisclosure(false);
  return (
    <>
      <ChartBody {...props} onFullScreen={screen.open} />
      <LazyModal opened={full} onClose={screen.close} fullScreen title={props.title}>
        {full && <ChartBody {...props} height={Math.max(280, window.innerHeight - 170)} bare />}
      </LazyModal>
    </>
  );
}

interface BodyProps extends Props {
  onFullScreen?: () => void;
  /** Without a title of its own. */
  bare?: boolean;
}

function ChartBody({
  title,
  series,
  kind = "number",
  format,
  marks = NO_MARKS,
  csv,
  height = HEIGHT,
  ...rest
}: BodyProps) {
  const { onFullScreen, bare = false, heading = 2 } = rest;
  const { axis, smoothing, zoom, zoomTo, syncKey } = useChartSettings();
  const scheme = useComputedColorScheme("light");
  const [log, setLog] = useState(false);
  const [all, setAll] = useState(false);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState<number | null>(null);
  const plot = useRef<uPlot | null>(null);

  const drawing = useMemo(() => drawingOf(series, { axis, smoothing, log }), [series, axis, smoothing, log]);
  const look = useMemo(
    (): Omit<Look, "width"> => ({ scheme, height, axis, kind, log, all, syncKey, marks: marks.map(axis.of) }),
    [scheme, height, axis, kind, log, all, syncKey, marks],
  );
  const view = useMemo(() => zoom && ([axis.of(zoom[0]), axis.of(zoom[1])] as const), [zoom, axis]);
  const hasOutliers = useMemo(() => isCut(series), [series]);

  const toggle = (key: string) => {
    const next = new Set(hidden);
    if (!next.delete(key)) next.add(key);
    setHidden(next);
  };
  const exportAs = async (wanted: ExportFormat) => {
    const { download, downloadFrom, savePng, svgOf } = await import("./exporting.ts");
    const full = { ...look, width: 0 };
    if (wanted === "csv" && csv) downloadFrom(csv, `${title}.csv`);
    else if (plot.current && wanted === "png") savePng(plot.current, title, full);
    else if (plot.current && wanted === "svg")
      download(
        new Blob([svgOf(plot.current, drawing, title, full)], { type: "image/svg+xml" }),
        `${title}.svg`,
      );
  };
  const step = cursor === null ? null : axis.stepAt(cursor);
  const summary = series.map((one) => `${one.label} ${written(valueAt(one, null), format)}`).join(", ");
  return (
    <Box>
      <Group justify="space-between" wrap="nowrap" gap="xs" mb={4}>
        {bare ? <span /> : <Title order={heading}>{title}</Title>}
        <Group gap="xs" wrap="nowrap">
          {cursor !== null && (
            <Text size="xs" c="dimmed" className="figures" visibleFrom="xs">
              {axis.describe(cursor)}
            </Text>
          )}
          <ChartMenu
            title={title}
            log={log}
            all={all}
            hasOutliers={hasOutliers}
            onLog={() => setLog(!log)}
            onAll={() => setAll(!all)}
            onFullScreen={onFullScreen}
            onExport={(wanted) => void exportAs(wanted)}
            formats={csv ? ["png", "svg", "csv"] : ["png", "svg"]}
          />
        </Group>
      </Group>
      <Legend series={series} hidden={hidden} scheme={scheme} step={step} format={format} onToggle={toggle} />
      {drawing.data[0].length === 0 ? (
        <Center h={height}>
          <Text size="sm" c="dimmed">
            {t("charts.noPointsYet")}
          </Text>
        </Center>
      ) : (
        <Plot
          drawing={drawing}
          look={look}
          view={view}
          hidden={hidden}
          label={t("charts.summary", { title, summary })}
          onView={(range) => zoomTo(range && [axis.stepAt(range[0]), axis.stepAt(range[1])])}
          onCursor={setCursor}
          onPlot={(made) => (plot.current = made)}
        />
      )}
    </Box>
  );
}

const written = (value: number | null, format: Props["format"]) => (value === null ? "–" : format(value));

/** Whether the axis leaves out values that lie far off. */
function isCut(series: readonly ChartSeries[]): boolean {
  const columns = series.map((one) => one.values as (number | null)[]);
  const [shown, whole] = [dataRange(columns, false), dataRange(columns, true)];
  return shown !== null && whole !== null && (shown.min > whole.min || shown.max < whole.max);
}
