import { expect, it } from "vitest";
import { mixed, wavOf } from "./wav.ts";

it("writes samples as mono PCM of 16 bits, cut off at full scale", async () => {
  const view = new DataView(await wavOf(new Float32Array([0, 1, -1, 2]), 8_000).arrayBuffer());
  const word = (at: number) => String.fromCharCode(...[0, 1, 2, 3].map((place) => view.getUint8(at + place)));
  expect([word(0), word(8), word(36)]).toEqual(["RIFF", "WAVE", "data"]);
  expect([view.getUint32(4, true), view.getUint32(24, true), view.getUint32(40, true)]).toEqual([
    44, 8_000, 8,
  ]);
  expect([44, 46, 48, 50].map((at) => view.getInt16(at, true))).toEqual([0, 32_767, -32_767, 32_767]);
});

it("mixes channels by their mean", () => {
  expect([...mixed([new Float32Array([1, 0]), new Float32Array([0, -1])])]).toEqual([0.5, -0.5]);
  expect(mixed([])).toHaveLength(0);
});
