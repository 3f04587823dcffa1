import { knownText } from "../../i18n/index.ts";
import type { Scope } from "./queries.ts";

/** Everything that a key may be given, in the order in which it is offered. */
export const SCOPES: readonly Scope[] = [
  "jobs:read",
  "jobs:write",
  "datasets:read",
  "datasets:write",
  "models:read",
  "models:predict",
  "models:write",
  "webhooks:read",
  "webhooks:manage",
  "billing:read",
  "billing:manage",
  "organization:read",
  "organization:manage",
  "organization:own",
];

export const scopeName = (scope: Scope): string =>
  knownText(`settings.scopeNames.${scope.replace(":", "_")}`) ?? scope;
