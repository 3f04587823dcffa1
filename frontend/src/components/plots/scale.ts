/** Linear scales and round ticks of small plots. */

export interface Range {
  low: number;
  high: number;
}

/** What holds all finite `values`, with a little room; a constant gets room on both sides. */
export function rangeOf(values: Iterable<number | null>, room = 0.04): Range {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return { low: 0, high: 1 };
  const margin = high > low ? (high - low) * room : Math.abs(low) * 0.1 || 1;
  return { low: low - margin, high: high + margin };
}

const STEPS = [1, 2, 5, 10];

/** About `count` round numbers inside `range`. */
export function ticksOf({ low, high }: Range, count: number): number[] {
  const rough = (high - low) / Math.max(count, 1);
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((each) => each * power >= rough) ?? 10) * power;
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / step); tick * step <= high; tick += 1) ticks.push(tick * step);
  return ticks;
}
