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
