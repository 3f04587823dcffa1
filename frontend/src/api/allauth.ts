/** django-allauth's headless API for browsers, which is not part of the REST API's document. */
import { t } from "../i18n/index.ts";
import { csrfToken } from "./headers.ts";
import { ApiProblem, unreachable } from "./problem.ts";

const ROOT = "/_allauth/browser/v1";

interface Flow {
  id: string;
  is_pending?: boolean;
}

interface Body<Data> {
  data?: Data & { flows?: Flow[] };
  meta?: Record<string, unknown>;
  errors?: { message: string; code: string; param?: string }[];
}

export interface AllauthAnswer<Data> {
  status: number;
  data: Data | undefined;
  meta: Record<string, unknown>;
  /** What has to be done before the person is logged in, such as `mfa_authenticate`. */
  pending: string[];
}

interface Options {
  body?: object;
  headers?: Record<string, string>;
  /** Statuses beside 2xx that are no failure of this call. */
  expected?: number[];
}

async function send(method: string, path: string, { body, headers }: Options): Promise<Response> {
  try {
    return await fetch(`${ROOT}${path}`, {
      method,
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken(), ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  } catch {
    throw unreachable();
  }
}

function problemIn<Data>(status: number, { errors = [] }: Body<Data>): ApiProblem {
  if (status === 429) {
    return new ApiProblem(t("problems.tooManyAttempts"), 429, "rate_limited", t("problems.waitAFewMinutes"));
  }
  const [first] = errors;
  const message = first?.message ?? t("problems.theServerRefusedThe", { status });
  const fields = errors.map(({ param = "", message }) => ({ field: param, message, hint: "" }));
  return new ApiProblem(message, status, first?.code ?? "refused", "", "", fields);
}

/** Throws an `ApiProblem` that says why it was refused; one of the code `reauthenticate` asks for the password anew. */
export async function allauth<Data>(
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  options: Options = {},
): Promise<AllauthAnswer<Data>> {
  if (!csrfToken() && method !== "GET") await send("GET", "/auth/session", {}); // brings the cookie
  const response = await send(method, path, options);
  const body = (await response.json().catch(() => ({}))) as Body<Data>;
  const flows = body.data?.flows ?? [];
  const pending = flows.filter((flow) => flow.is_pending).map((flow) => flow.id);
  if (response.status === 401 && flows.some((flow) => flow.id === "reauthenticate")) {
    throw new ApiProblem(t("problems.confirmItIsYou"), 401, "reauthenticate");
  }
  if (!response.ok && !options.expected?.includes(response.status)) throw problemIn(response.status, body);
  return { status: response.status, data: body.data, meta: body.meta ?? {}, pending };
}
