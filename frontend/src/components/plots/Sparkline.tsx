import { Curves } from "./Plot.tsx";
import { rangeOf } from "./scale.ts";

const WIDTH = 160;
const HEIGHT = 40;

/** A line without axes, as long as a word. */
export function Sparkline({ values, label }: { values: (number | null)[]; label: string }) {
  const { low, high } = rangeOf(values);
  const scales = {
    x: (index: number) => (index / Math.max(values.length - 1, 1)) * WIDTH,
    y: (value: number) => HEIGHT - ((value - low) / (high - low)) * HEIGHT,
    bottom: HEIGHT,
  };
  const points = values.map((value, index): [number, number | null] => [index, value]);
  return (
    <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <Curves curves={[{ label, tone: "first", points }]} scales={scales} />
    </svg>
  );
}
