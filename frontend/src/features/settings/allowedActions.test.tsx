import { service } from "../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { afterEach, expect, it } from "vitest";
import { createQueryClient } from "../../app/queries.ts";
import { ApiKeys } from "./ApiKeys.tsx";
import { Members } from "./Members.tsx";

afterEach(() => service.forget());

function show(screenful: React.ReactNode) {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <MemoryRouter>{screenful}</MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return userEvent.setup();
}

const member = (email: string, allowed_actions: string[]) => ({
  id: `mem_${email}`,
  user_id: `usr_${email}`,
  email,
  name: "",
  role: "owner",
  created_at: "2026-01-01T00:00:00Z",
  allowed_actions,
});

const invitation = {
  id: "invt_1",
  email: "new@example.org",
  role: "member",
  state: "expired",
  invited_by: "usr_1",
  created_at: "2026-01-01T00:00:00Z",
  sent_at: "2026-01-01T00:00:00Z",
  expires_at: "2026-01-08T00:00:00Z",
  accepted_at: null,
  allowed_actions: ["resend"],
};

it("offers of members and invitations what the API allows, and sends an invitation again", async () => {
  service.answer("GET /api/v1/me", { permissions: ["organization.manage"], grantable_roles: ["viewer"] });
  const data = [member("a@example.org", []), member("b@example.org", ["change_role", "remove"])];
  service.answer("GET /api/v1/members", { data, next_cursor: null });
  service.answer("GET /api/v1/organization/invitations", { data: [invitation], next_cursor: null });
  const user = show(<Members />);
  expect(await screen.findByRole("button", { name: "Remove b@example.org" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Remove a@example.org" })).toBeNull();
  const again = await screen.findByRole("button", { name: "Send again" });
  expect(screen.queryByRole("button", { name: "Take back" })).toBeNull();
  await user.click(again);
  await waitFor(() =>
    expect(service.asked.map(({ call }) => call)).toContain(
      "POST /api/v1/organization/invitations/invt_1/resend",
    ),
  );
  expect(service.faults).toEqual([]);
});

it("offers nothing of a key that the API allows nothing of", async () => {
  const key = { prefix: "ty_live_a", role: "owner", scopes: null, monthly_cap: null };
  const times = {
    created_at: "2026-01-01T00:00:00Z",
    expires_at: null,
    last_used_at: null,
    revoked_at: null,
  };
  const data = [
    { id: "key_1", name: "nightly", ...key, ...times, allowed_actions: ["rotate", "revoke"] },
    { id: "key_2", name: "of an owner", ...key, ...times, allowed_actions: [] },
  ];
  service.answer("GET /api/v1/api-keys", { data, next_cursor: null });
  show(<ApiKeys />);
  expect(await screen.findByRole("button", { name: /^Rotate.*nightly/ })).toBeTruthy();
  expect(screen.queryByRole("button", { name: /of an owner/ })).toBeNull();
  expect(service.faults).toEqual([]);
});
