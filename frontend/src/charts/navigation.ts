/** Zooming and panning: drag to zoom, shift and drag or a sideways wheel to pan, double click for all. */
import { type RefObject, useMemo } from "react";
import type uPlot from "uplot";

export type XRange = readonly [number, number];

interface Current {
  view: XRange | null;
  onView: (range: XRange | null) => void;
}

const LEAST_PIXELS = 6;

function limits(plot: uPlot): XRange {
  const xs = plot.data[0];
  return [xs[0] ?? 0, xs[xs.length - 1] ?? 1];
}

/** `range` moved by `delta`, and no further than `first` to `last`. */
export function moved([min, max]: XRange, delta: number, [first, last]: XRange): XRange {
  const by = Math.min(Math.max(delta, first - min), last - max);
  return [min + by, max + by];
}

function shownRange(plot: uPlot): XRange {
  return [plot.scales.x?.min ?? 0, plot.scales.x?.max ?? 1];
}

export function useNavigation(current: RefObject<Current>) {
  return useMemo(() => {
    const select = (plot: uPlot) => {
      const { left, width } = plot.select;
      if (width < LEAST_PIXELS) return;
      const range: XRange = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
      plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      current.current.onView(range);
    };
    const attach = (plot: uPlot) => {
      let bounds: XRange | null = null;
      let start = 0;
      let pending: ReturnType<typeof setTimeout> | undefined;
      const pan = (pixels: number, all: XRange) => {
        const range = shownRange(plot);
        const perPixel = (range[1] - range[0]) / plot.over.clientWidth;
        const [min, max] = moved(range, pixels * perPixel, all);
        plot.setScale("x", { min, max });
        clearTimeout(pending);
        pending = setTimeout(() => current.current.onView([min, max]), 120);
      };
      const down = (event: MouseEvent) => {
        if (!event.shiftKey || !current.current.view) return;
        event.stopImmediatePropagation();
        event.preventDefault();
        bounds = limits(plot);
        start = event.clientX;
      };
      const move = (event: MouseEvent) => {
        if (!bounds) return;
        pan(start - event.clientX, bounds);
        start = event.clientX;
      };
      const up = () => (bounds = null);
      const wheel = (event: WheelEvent) => {
        if (!current.current.view || Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return;
        event.preventDefault();
        pan(event.deltaX, limits(plot));
      };
      const reset = () => current.current.onView(null);
      const ending = new AbortController();
      const { signal } = ending;
      plot.over.addEventListener("mousedown", down, { capture: true, signal });
      plot.over.addEventListener("dblclick", reset, { capture: true, signal });
      plot.over.addEventListener("wheel", wheel, { passive: false, signal });
      document.addEventListener("mousemove", move, { signal });
      document.addEventListener("mouseup", up, { signal });
      return () => {
        clearTimeout(pending);
        ending.abort();
      };
    };
    return { select, attach };
  }, [current]);
}
