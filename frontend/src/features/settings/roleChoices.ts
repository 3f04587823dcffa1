import type { Me } from "../../auth/me.ts";
import { type Role, roleName } from "../../words/roles.ts";

/** The roles that the caller may give, as the API tells them, for a select. */
export const roleChoices = (me: Me | undefined): { value: Role; label: string }[] =>
  (me?.grantable_roles ?? []).map((role) => ({ value: role, label: roleName(role) }));
