import { service } from "../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { QueryClientProvider } from "@tanstack/react-query";
import { MemoryRouter } from "react-router";
import { afterEach, describe, expect, it } from "vitest";
import { createQueryClient } from "../../app/queries.ts";
import { DevicePage } from "./DevicePage.tsx";

const AT = "/api/v1/device-authorizations/BCDF-GHJK";

const PATIENT = { timeout: 10_000 };

afterEach(() => service.forget());

function open(path: string) {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <MemoryRouter initialEntries={[path]}>
          <DevicePage />
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

describe("the page of a device's code", () => {
  it("asks for the code, says what is asked for, and confirms it", async () => {
    service.answer(`GET ${AT}`, { user_code: "BCDF-GHJK", client_name: "laptop", scopes: ["jobs:read"] });
    open("/device");
    fireEvent.change(screen.getByLabelText("Code"), { target: { value: " BCDF-GHJK " } });
    fireEvent.click(screen.getByRole("button", { name: "Look it up" }));
    expect(await screen.findByText("laptop asks for an API key", {}, PATIENT)).toBeTruthy();
    expect(screen.getByText("Read jobs")).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Confirm: this is my device" }));
    expect(await screen.findByText(/laptop is logged in/, {}, PATIENT)).toBeTruthy();
    expect(service.asked.map(({ call }) => call)).toContain(`POST ${AT}/approve`);
    expect(service.faults).toEqual([]);
  });

  it("refuses", async () => {
    service.answer(`GET ${AT}`, { user_code: "BCDF-GHJK" });
    open("/device?code=BCDF-GHJK");
    fireEvent.click(await screen.findByRole("button", { name: "Refuse" }, PATIENT));
    expect(await screen.findByText("The device was refused.", {}, PATIENT)).toBeTruthy();
    expect(service.asked.map(({ call }) => call)).toContain(`POST ${AT}/deny`);
  });

  it("says that nothing waits with a code, and takes another", async () => {
    const problem = { code: "device_code_ended", detail: "No device waits with this code.", status: 404 };
    service.answer(`GET ${AT}`, problem, 404);
    open("/device?code=BCDF-GHJK");
    expect(await screen.findByText("No device waits with this code.", {}, PATIENT)).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Another code" }));
    expect(screen.getByLabelText("Code")).toBeTruthy();
  });
});
