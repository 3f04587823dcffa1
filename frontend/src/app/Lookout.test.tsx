import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { Me } from "../auth/me.ts";

/** What the browser was asked, in its order; each answered by the test. */
const sent: { call: string; signal: AbortSignal; answer: (response: Response) => void }[] = [];

// The API's client keeps the `fetch` that it finds when it is loaded.
vi.stubGlobal("fetch", (request: Request) => {
  return new Promise<Response>((resolve, reject) => {
    const { signal } = request;
    signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
    sent.push({ call: `${request.method} ${new URL(request.url).pathname}`, signal, answer: resolve });
  });
});
const { api } = await import("../api/client.ts");
const { createQueryClient } = await import("./queries.ts");
const { Lookout } = await import("./Lookout.tsx");

const ME = { impersonation: { ends_at: "2026-01-02T03:04:05Z" }, organization: { name: "Demo" } } as Me;
const refused = () => Response.json({ detail: "No." }, { status: 503 });

afterEach(() => {
  sent.length = 0;
});

it("ends what is being read before a look ends, and reads on where it does not end", async () => {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <Lookout me={ME} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  const early = api.GET("/api/v1/wallet").catch((error: unknown) => (error as Error).name);
  await waitFor(() => expect(sent.map(({ call }) => call)).toEqual(["GET /api/v1/wallet"]));

  fireEvent.click(screen.getByRole("button", { name: "Stop looking" }));
  expect(await early).toBe("AbortError");
  await waitFor(() => expect(sent.at(-1)?.call).toBe("DELETE /api/v1/impersonation"));
  expect(sent.at(-1)?.signal.aborted).toBe(false);

  const late = api.GET("/api/v1/jobs").then(({ response }) => response.status);
  await new Promise((resolve) => setTimeout(resolve));
  expect(sent).toHaveLength(2);

  sent[1]?.answer(refused());
  await waitFor(() => expect(sent.at(-1)?.call).toBe("GET /api/v1/jobs"));
  sent[2]?.answer(Response.json({}));
  expect(await late).toBe(200);
});
