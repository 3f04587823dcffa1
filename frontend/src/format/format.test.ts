import { describe, expect, it } from "vitest";
import { daysBetween } from "./days.ts";
import { billedSeconds, formatDuration, formatEta } from "./duration.ts";
import { exactMoney, shortMoney, sumOfMoney, typedMoney } from "./money.ts";
import { formatBytes, formatFigure, formatPercent } from "./number.ts";
import { formatAge } from "./time.ts";

describe("money", () => {
  it.each([
    ["0.000028", "$0.000028"],
    ["1234.500000", "$1,234.500000"],
    ["-2.419200", "-$2.419200"],
    ["9007199254740993.000001", "$9,007,199,254,740,993.000001"],
  ])("exact: %s is %s", (amount, text) => expect(exactMoney(amount, "USD")).toBe(text));

  it.each([
    ["100.000000", "$100.00"],
    ["97.580800", "$97.5808"],
    ["99.999715", "$99.999715"],
    ["0.100800", "$0.1008"],
    ["0.000000", "$0.00"],
    ["0.000001", "$0.000001"],
    ["-0.000100", "-$0.0001"],
  ])("short: %s is %s", (amount, text) => expect(shortMoney(amount, "USD")).toBe(text));

  it.each([
    [[], "0.000000"],
    [["0.1", "0.2"], "0.300000"],
    [["-0.000001", "-0.05"], "-0.050001"],
    [["9007199254740993.000001", "0.000001"], "9007199254740993.000002"],
    [["-3.000000", "3.5"], "0.500000"],
  ])("the sum of %j is exact", (amounts, sum) => expect(sumOfMoney(amounts)).toBe(sum));

  it.each(["0.50", "0,50", " 0,50 "])("what is typed as %j is 0.50", (typed) =>
    expect(typedMoney(typed)).toBe("0.50"),
  );

  it("names the currency", () => expect(exactMoney("1.5", "EUR")).toBe("€1.500000"));
});

describe("durations", () => {
  it.each([
    [0.0004, "0 ms"],
    [0.85, "850 ms"],
    [0.9996, "1.0 s"],
    [12.34, "12.3 s"],
    [59.96, "1 min 00 s"],
    [245, "4 min 05 s"],
    [3599.6, "1 h 00 min"],
    [7980, "2 h 13 min"],
    [86_399, "1 d 0 h"],
    [273_600, "3 d 4 h"],
  ])("%d seconds are %s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it.each([
    [3, "A few seconds"],
    [42, "About 40 s"],
    [170, "About 3 min"],
    [7980, "About 2 h 13 min"],
  ])("%d seconds to go: %s", (seconds, text) => expect(formatEta(seconds)).toBe(text));

  it("on a bill have six decimals", () => expect(billedSeconds(12.5)).toBe("12.500000"));
});

describe("numbers", () => {
  it.each([
    [999, "999 B"],
    [1000, "1.00 kB"],
    [396_800, "397 kB"],
    [999_600, "1.00 MB"],
    [2_147_483_648, "2.15 GB"],
  ])("%d bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0, "0"],
    [0.089286, "0.08929"],
    [-12.3456, "-12.35"],
    [2026, "2026"],
    [38_543.2, "38,540"],
    [0.00001234, "1.23e-5"],
    [12_345_678, "1.23e+7"],
  ])("%d reads %s", (value, text) => expect(formatFigure(value)).toBe(text));

  it("shows fractions as percentages", () => expect(formatPercent(0.9714)).toBe("97.1 %"));
});

describe("ages", () => {
  const now = new Date("2026-03-10T12:00:00Z");
  it.each([
    ["2026-03-10T11:59:30Z", "just now"],
    ["2026-03-10T11:57:10Z", "2 minutes ago"],
    ["2026-03-10T07:00:00Z", "5 hours ago"],
    ["2026-03-09T11:00:00Z", "yesterday"],
    ["2026-02-01T12:00:00Z", "1 Feb 2026"],
  ])("%s is %s", (iso, text) => expect(formatAge(iso, now)).toBe(text));
});

describe("days", () => {
  it.each([
    ["2026-03-10T10:59:59Z", "Pacific/Auckland", ["2026-03-09", "2026-03-10"]],
    ["2026-03-10T11:00:00Z", "Pacific/Auckland", ["2026-03-10", "2026-03-11"]],
    ["2026-03-10T18:14:59Z", "Asia/Kathmandu", ["2026-03-09", "2026-03-10"]],
    ["2026-03-09T02:29:59Z", "America/St_Johns", ["2026-03-07", "2026-03-08"]],
    ["2026-03-09T02:30:00Z", "America/St_Johns", ["2026-03-08", "2026-03-09"]],
  ])("the last of %s in %s are %s", (now, zone, days) => {
    expect(daysBetween(1, new Date(now), zone)).toEqual(days);
  });
});
