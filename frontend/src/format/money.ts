import { numberLocale } from "./locale.ts";

/** Money comes as a decimal string with a currency and stays one: no floating point on the way to the screen. */
type Decimal = `${number}`;

function format(amount: string, currency: string, minimum: number, maximum: number): string {
  return new Intl.NumberFormat(numberLocale, {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: minimum,
    maximumFractionDigits: maximum,
  }).format(amount as Decimal);
}

/** All six decimals, so that columns of a bill align and add up. */
export function exactMoney(amount: string, currency: string): string {
  return format(amount, currency, 6, 6);
}

/** Two decimals, and as many more as the amount has: what is shown is never rounded. */
export function shortMoney(amount: string, currency: string): string {
  return format(amount, currency, 2, 6);
}

const DECIMALS = 6;

/** Their sum to the micro-unit; numbers with a point would lose digits of large amounts. */
export function sumOfMoney(amounts: string[]): string {
  const micros = amounts.reduce((sum, amount) => sum + BigInt(microsOf(amount)), 0n);
  const digits = String(micros < 0n ? -micros : micros).padStart(DECIMALS + 1, "0");
  return `${micros < 0n ? "-" : ""}${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)}`;
}

function microsOf(amount: string): string {
  const [whole = "0", fraction = ""] = amount.split(".");
  return whole + fraction.padEnd(DECIMALS, "0").slice(0, DECIMALS);
}

/** What somebody typed as an amount, as the API takes it: with a point, whatever stood for it. */
export const typedMoney = (text: string): string => text.trim().replace(",", ".");
