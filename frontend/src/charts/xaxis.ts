/** What a chart counts along: optimizer steps, epochs, seconds since the job was started, or money. */
import { formatDuration } from "../format/duration.ts";
import { formatCount } from "../format/number.ts";
import { t } from "../i18n/index.ts";

export const X_AXES = ["step", "epoch", "time", "cost"] as const;

export type XAxisName = (typeof X_AXES)[number];

export interface XAxis {
  name: XAxisName;
  of: (step: number) => number;
  /** The step at a place of the axis: the other way round. */
  stepAt: (x: number) => number;
  format: (x: number) => string;
  /** With a unit: for the legend. */
  describe: (x: number) => string;
}

export interface Clock {
  steps: readonly number[];
  seconds: readonly number[];
}

/** Between known places in a straight line; before the first from zero, beyond the last by the mean speed. */
function interpolate(from: readonly number[], to: readonly number[], at: number): number {
  const last = from.length - 1;
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((from[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  const [x1, y1] = low === 0 ? [0, 0] : [from[low - 1] ?? 0, to[low - 1] ?? 0];
  const [x2, y2] = [from[low] ?? 0, to[low] ?? 0];
  if (at > x2) return x2 > 0 ? (y2 * at) / x2 : y2;
  return x2 > x1 ? y1 + ((y2 - y1) * (at - x1)) / (x2 - x1) : y2;
}

const trimmed = (value: number) => String(Number(value.toPrecision(6)));

export const STEP_AXIS: XAxis = {
  name: "step",
  of: (step) => step,
  stepAt: Math.round,
  format: formatCount,
  describe: (x) => t("charts.atStep", { value: formatCount(x) }),
};

export function epochAxis(stepsPerEpoch: number): XAxis {
  return {
    name: "epoch",
    of: (step) => step / stepsPerEpoch,
    stepAt: (x) => Math.round(x * stepsPerEpoch),
    format: trimmed,
    describe: (x) => t("charts.atEpoch", { value: x.toFixed(2) }),
  };
}

export function timeAxis({ steps, seconds }: Clock): XAxis {
  return {
    name: "time",
    of: (step) => interpolate(steps, seconds, step),
    stepAt: (x) => Math.round(interpolate(seconds, steps, x)),
    format: (x) => (x === 0 ? "0" : formatDuration(x)),
    describe: (x) => t("charts.afterTime", { value: formatDuration(x) }),
  };
}

/** What was billed of some seconds since the job was started. */
export interface BilledSpan {
  from: number;
  to: number;
  amount: number;
}

/** What was billed up to a step: nothing more while work is free, or not kept yet. */
export function costAxis({ steps, seconds }: Clock, spans: readonly BilledSpan[], currency: string): XAxis {
  const upTo = (moment: number) =>
    spans.reduce((sum, { from, to, amount }) => {
      const share = to > from ? (Math.min(moment, to) - from) / (to - from) : Number(moment >= to);
      return sum + amount * Math.max(0, share);
    }, 0);
  const costs = seconds.map(upTo);
  const most = spans.reduce((sum, { amount }) => sum + amount, 0);
  return {
    name: "cost",
    of: (step) => Math.min(most, interpolate(steps, costs, step)),
    stepAt: (x) => Math.round(interpolate(costs, steps, x)),
    format: trimmed,
    describe: (x) => t("charts.forCost", { amount: x.toFixed(6), currency }),
  };
}

interface Known {
  stepsPerEpoch?: number | null;
  clock?: Clock | null;
  /** What was billed, where something was. */
  cost?: { spans: readonly BilledSpan[]; currency: string } | null;
}

/** The axes that can be drawn with what is known. */
export function axesOf({ stepsPerEpoch, clock, cost }: Known): Partial<Record<XAxisName, XAxis>> {
  return {
    step: STEP_AXIS,
    ...(stepsPerEpoch ? { epoch: epochAxis(stepsPerEpoch) } : {}),
    ...(clock && clock.steps.length > 0 ? { time: timeAxis(clock) } : {}),
    ...(clock && clock.steps.length > 0 && cost && cost.spans.length > 0
      ? { cost: costAxis(clock, cost.spans, cost.currency) }
      : {}),
  };
}
