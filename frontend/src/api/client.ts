/** The only way to the REST API: typed by its OpenAPI document, every failure an `ApiProblem`. */
import createClient from "openapi-fetch";
import type { Readable } from "openapi-typescript-helpers";
import { csrfToken } from "./headers.ts";
import { problemOf, unreachable } from "./problem.ts";
import { endableReads } from "./reads.ts";
import type { components, paths } from "./schema.d.ts";

/** The bodies of the API as answers bring them. */
export type Schemas = { [Name in keyof components["schemas"]]: Readable<components["schemas"][Name]> };
export type SpecRequest = components["schemas"]["TrainingSpecRequest"];

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

export const api = createClient<paths>({ baseUrl: window.location.origin });

api.use(
  {
    onRequest({ request }) {
      if (!SAFE.has(request.method)) request.headers.set("X-CSRFToken", csrfToken());
      return request;
    },
    // The browser's error for a lost connection is also the one of a mistake in code; here it is only the former.
    onError: ({ error }) => (error instanceof TypeError ? unreachable() : undefined),
  },
  endableReads,
);

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The body of a successful answer. Throws an `ApiProblem` for any other. */
export async function unwrap<Data>(call: Promise<Answer<Data>>): Promise<NonNullable<Data>> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemOf(response.status, error);
  return data as NonNullable<Data>;
}
