/** Exponential moving average without the bias of its start (Kingma & Ba, 2015, section 3). */

const MOST_HALF_LIFE = 0.25;

/**
 * `values` smoothed by `amount`, 0 to 1: the half-life grows with its square up to a quarter of the points, so that the
 * same amount looks alike on short and long series. `null` stays a gap.
 */
export function smooth(values: readonly (number | null)[], amount: number): (number | null)[] {
  const halfLife = amount ** 2 * MOST_HALF_LIFE * values.length;
  if (halfLife <= 0) return [...values];
  const factor = 0.5 ** (1 / halfLife);
  let average = 0;
  let weight = 0;
  return values.map((value) => {
    if (value === null) return null;
    average = factor * average + (1 - factor) * value;
    weight = factor * weight + (1 - factor);
    return average / weight;
  });
}
