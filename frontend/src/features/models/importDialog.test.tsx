import { service } from "../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter, Route, Routes } from "react-router";
import { afterEach, expect, it } from "vitest";
import { createQueryClient } from "../../app/queries.ts";
import { ModelsPage } from "./ModelsPage.tsx";

const ME = { person: null, role: "owner", permissions: ["models.read", "models.write"] };

afterEach(() => service.forget());

async function openDialog() {
  service.answer("GET /api/v1/me", ME);
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <MemoryRouter initialEntries={["/models"]}>
          <Routes>
            <Route path="/models" element={<ModelsPage />} />
            <Route path="/models/:id" element={<h1>The model</h1>} />
          </Routes>
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Import an adapter" }));
  await user.upload(await screen.findByLabelText("Data file"), new File(["PK"], "support-tone.zip"));
  return user;
}

it("sends the file with the base and opens the model that it becomes", async () => {
  const user = await openDialog();
  expect(screen.getByRole("button", { name: "Import" })).toHaveProperty("disabled", true);
  expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("support-tone");
  await user.type(screen.getByLabelText("Base model"), "tiny-lm");
  await user.click(screen.getByRole("button", { name: "Import" }));
  expect(await screen.findByRole("heading", { name: "The model" })).toBeTruthy();
  expect(service.asked.map(({ call }) => call)).toContain("POST /api/v1/models/import");
  expect(service.faults).toEqual([]);
});

it("says beside the field which bases there are", async () => {
  const errors = [
    { field: "base", code: "unknown_model", message: "No worker holds x.", hint: "Registered are: a." },
  ];
  service.answer("POST /api/v1/models/import", { detail: "No worker holds x.", errors }, 400);
  const user = await openDialog();
  await user.type(screen.getByLabelText("Base model"), "x");
  await user.click(screen.getByRole("button", { name: "Import" }));
  expect(await screen.findByText("No worker holds x. Registered are: a.")).toBeTruthy();
});

it("says of a file that is no adapter what to send instead", async () => {
  const errors = [
    { field: "file", code: "adapter_damaged", message: "It is cut.", hint: "Zip the directory." },
  ];
  service.answer("POST /api/v1/models/import", { detail: "It is cut.", errors }, 400);
  const user = await openDialog();
  await user.type(screen.getByLabelText("Base model"), "tiny-lm");
  await user.click(screen.getByRole("button", { name: "Import" }));
  expect((await screen.findByRole("alert")).textContent).toContain("It is cut. Zip the directory.");
});
