import "uplot/dist/uPlot.min.css";
import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import type { Drawing } from "./model.ts";
import { type Look, optionsOf } from "./options.ts";
import { useNavigation, type XRange } from "./navigation.ts";

interface Props {
  drawing: Drawing;
  look: Omit<Look, "width">;
  /** What is seen of the axis; all of it when null. */
  view: XRange | null;
  hidden: ReadonlySet<string>;
  label: string;
  onView: (range: XRange | null) => void;
  onCursor: (x: number | null) => void;
  /** The chart as it stands, for exports. */
  onPlot: (plot: uPlot | null) => void;
}

/** What makes a new chart necessary; all else is handed to the one there is. */
function shapeOf(drawing: Drawing, look: Props["look"]): string {
  const columns = drawing.columns.map(({ series, role }) => [
    series.key,
    role,
    series.color.light,
    series.dash,
  ]);
  const few = drawing.columns.map(({ series }) => series.steps.length <= 40);
  const { scheme, height, axis, kind, log, all, syncKey, marks } = look;
  return JSON.stringify([columns, few, scheme, height, axis.name, kind, log, all, syncKey, marks]);
}

function placeView(plot: uPlot, view: XRange | null): void {
  const xs = plot.data[0];
  const [min, max] = view ?? [xs[0] ?? 0, xs[xs.length - 1] ?? 1];
  plot.setScale("x", max > min ? { min, max } : { min: min - 0.5, max: min + 0.5 });
}

/** A uPlot that keeps up with its properties. */
export function Plot({ drawing, look, view, hidden, label, onView, onCursor, onPlot }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shape = useMemo(() => shapeOf(drawing, look), [drawing, look]);
  const current = useRef({ drawing, look, view, hidden, onView, onCursor, onPlot });
  useEffect(() => {
    current.current = { drawing, look, view, hidden, onView, onCursor, onPlot };
  });
  const navigate = useNavigation(current);

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const now = current.current;
    const made = new uPlot(
      optionsOf(
        now.drawing,
        { ...now.look, width: element.clientWidth },
        {
          setSelect: [(self) => navigate.select(self)],
          setCursor: [
            (self) =>
              current.current.onCursor(
                self.cursor.idx == null ? null : (self.data[0][self.cursor.idx] ?? null),
              ),
          ],
        },
      ),
      now.drawing.data,
      element,
    );
    placeView(made, now.view);
    const stop = navigate.attach(made);
    const observer = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: now.look.height }),
    );
    observer.observe(element);
    plot.current = made;
    now.onPlot(made);
    return () => {
      stop();
      observer.disconnect();
      made.destroy();
      plot.current = null;
      current.current.onPlot(null);
    };
  }, [shape, navigate]);

  useEffect(() => {
    const made = plot.current;
    if (!made) return;
    made.setData(drawing.data, false);
    placeView(made, view);
  }, [drawing, view]);

  useEffect(() => {
    const made = plot.current;
    if (!made) return;
    made.batch(() => {
      drawing.columns.forEach(({ series }, index) => {
        const show = !hidden.has(series.key);
        if (made.series[index + 1]?.show !== show) made.setSeries(index + 1, { show });
      });
    });
  }, [hidden, drawing, shape]);

  return <div ref={host} role="img" aria-label={label} />;
}
