type Steps = (number | Record<string, string | number | null>)[];

/** Numbers separated by commas, white space or line breaks, or JSON: an object per step. `undefined` if it is neither. */
export function stepsIn(text: string): Steps | undefined {
  if (text.trim().startsWith("[")) {
    try {
      return JSON.parse(text) as Steps;
    } catch {
      return undefined;
    }
  }
  const numbers = text
    .split(/[\s,;]+/)
    .filter((part) => part !== "")
    .map(Number);
  return numbers.length > 0 && numbers.every(Number.isFinite) ? numbers : undefined;
}
