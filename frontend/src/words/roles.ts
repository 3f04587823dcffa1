import type { Schemas } from "../api/client.ts";
import { t } from "../i18n/index.ts";

export type Role = Schemas["RoleEnum"];

export const roleName = (role: Role): string => t(`terms.roles.${role}`);

/** What a role may do, in a line. */
export const roleMeaning = (role: Role): string => t(`terms.roleMeanings.${role}`);
