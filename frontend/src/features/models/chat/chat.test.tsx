import { service } from "../../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { createQueryClient } from "../../../app/queries.ts";
import type { Model } from "../queries.ts";
import { Chat } from "./Chat.tsx";
import { priceAt } from "./cost.ts";

const PRICE = { id: "p", kind: "predictions", currency: "USD" } as const;
const PRICES = [
  { ...PRICE, unit: "call", per_unit: "0.001", effective_from: "2026-01-01T00:00:00Z" },
  { ...PRICE, unit: "call", per_unit: "5", effective_from: "2999-01-01T00:00:00Z" },
];

const part = (text: string) => `event: part\ndata: ${JSON.stringify({ input: 0, text })}\n\n`;
const whole = (prediction: object) =>
  `event: predictions\ndata: ${JSON.stringify({ predictions: [{ warnings: [], ...prediction }] })}\n\n`;
const USAGE = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };

/** Answers each call with the next stream of these pieces; one without an end is written until it is stopped. */
function serve(...streams: { pieces: string[]; isOpen?: boolean }[]) {
  const bodies: { inputs: unknown[] }[] = [];
  service.answer("GET /api/v1/meter-prices", { data: PRICES, next_cursor: null });
  vi.stubGlobal("fetch", (_: string, { body, signal }: { body: string; signal: AbortSignal }) => {
    bodies.push(JSON.parse(body) as { inputs: unknown[] });
    const { pieces, isOpen } = streams[bodies.length - 1] ?? { pieces: [] };
    const stream = new ReadableStream<Uint8Array>({
      start(control) {
        for (const piece of pieces) control.enqueue(new TextEncoder().encode(piece));
        if (!isOpen) control.close();
        signal.addEventListener("abort", () => control.error(new DOMException("", "AbortError")));
      },
    });
    return Promise.resolve(new Response(stream));
  });
  return bodies;
}

function show(task: Model["task"] = "instruction_tuning") {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <Chat model={{ id: "mdl_1", task } as Model} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return userEvent.setup();
}

afterEach(() => {
  const faults = [...service.faults];
  service.forget();
  vi.unstubAllGlobals();
  expect(faults).toEqual([]);
});

it("shows the answer, asks again with all that was said, and says what it has cost at most", async () => {
  const first = [
    part("He").slice(0, 20),
    part("He").slice(20) + part("llo"),
    whole({ text: "Hello", usage: USAGE }),
  ];
  const bodies = serve({ pieces: first }, { pieces: [whole({ text: "Bye", finish_reason: "length" })] });
  const user = show();
  await user.click(screen.getByRole("button", { name: "Options" }));
  await user.type(screen.getByLabelText("System prompt"), "Be kind.");
  await user.type(screen.getByLabelText("Temperature"), "0.7");
  await user.type(screen.getByLabelText("Message"), "Hi{Enter}");
  expect(await screen.findByText("Hello")).toBeTruthy();
  expect((await screen.findByText(/7 tokens read/)).textContent).toMatch(/At most 0\.001000 USD so far/);
  await user.type(screen.getByLabelText("Message"), "And now?{Enter}");
  expect(await screen.findByText("Bye")).toBeTruthy();
  expect(screen.getByText(/Cut off at the maximum/)).toBeTruthy();
  expect(bodies[1]?.inputs).toEqual([
    {
      temperature: 0.7,
      messages: [
        { role: "system", content: "Be kind." },
        { role: "user", content: "Hi" },
        { role: "assistant", content: "Hello" },
        { role: "user", content: "And now?" },
      ],
    },
  ]);
});

it("stops where it is told to, and keeps what was written", async () => {
  serve({ pieces: [part("Half an ans")], isOpen: true });
  const user = show();
  await user.type(screen.getByLabelText("Message"), "Hi");
  await user.click(screen.getByRole("button", { name: "Send" }));
  expect(await screen.findByText("Half an ans")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Stop" }));
  expect(await screen.findByText("Stopped.")).toBeTruthy();
  expect(screen.getByText("Half an ans")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Send" })).toBeTruthy();
});

it("says in a sentence what went wrong, and asks once more", async () => {
  const problem = { code: "no_worker", detail: "No worker has this base.", hint: "Wait for one." };
  const bodies = serve(
    { pieces: [`event: problem\ndata: ${JSON.stringify(problem)}\n\n`] },
    { pieces: [whole({ text: "There" })] },
  );
  const user = show();
  await user.type(screen.getByLabelText("Message"), "Hi{Enter}");
  expect((await screen.findByRole("alert")).textContent).toContain("No worker has this base.");
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("There")).toBeTruthy();
  expect(bodies[1]).toEqual(bodies[0]);
});

it("says that the connection was lost where the stream breaks off", async () => {
  serve({ pieces: [part("Half")] });
  const user = show();
  await user.type(screen.getByLabelText("Message"), "Hi{Enter}");
  expect((await screen.findByRole("alert")).textContent).toContain("Trainyard cannot be reached");
});

it("asks a model that writes on with the last text alone", async () => {
  const bodies = serve(
    { pieces: [whole({ text: "and so on" })] },
    { pieces: [whole({ text: "to the end" })] },
  );
  const user = show("language_modelling");
  for (const text of ["Once", "Twice"]) {
    await user.type(screen.getByLabelText("A text to go on from"), `${text}{Enter}`);
    await waitFor(() => expect(screen.getByRole("button", { name: "Send" })).toBeTruthy());
  }
  expect(bodies.map(({ inputs }) => inputs)).toEqual([[{ prompt: "Once" }], [{ prompt: "Twice" }]]);
});

it("takes the price that has begun; without one predictions are free", () => {
  expect(priceAt([...PRICES], "USD", new Date("2026-06-01"))).toEqual({
    perCall: 0.001,
    perSecond: 0,
    currency: "USD",
  });
  expect(priceAt([...PRICES], "EUR", new Date())).toBeNull();
});
