/** Logging in and out: django-allauth's headless API, which is not part of the REST API's document. */
import { csrfToken } from "./headers.ts";
import { ApiProblem, unreachable } from "./problem.ts";
import { t } from "../i18n/index.ts";

const AUTH = "/_allauth/browser/v1/auth";
const STATED = "meta[name=trainyard-session]";

interface AllauthAnswer {
  errors?: { message: string }[];
}

async function call(method: "GET" | "POST" | "DELETE", path: string, body?: object): Promise<Response> {
  try {
    return await fetch(`${AUTH}${path}`, {
      method,
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  } catch {
    throw unreachable();
  }
}

/** Whether the page was served to somebody without a session, so that asking the API would be in vain. */
export function knownToBeLoggedOut(): boolean {
  return document.querySelector(STATED)?.getAttribute("content") === "none";
}

/** Throws an `ApiProblem` that says why the login was refused. */
export async function logIn(email: string, password: string): Promise<void> {
  if (!csrfToken()) await call("GET", "/session"); // brings the cookie where the page did not
  const response = await call("POST", "/login", { email, password });
  if (response.ok || response.status === 409) {
    document.querySelector(STATED)?.setAttribute("content", "open");
    return;
  }
  if (response.status === 429) {
    throw new ApiProblem(t("problems.tooManyAttempts"), 429, "rate_limited", t("problems.waitAFewMinutes"));
  }
  const answer = (await response.json().catch(() => ({}))) as AllauthAnswer;
  const message =
    answer.errors?.[0]?.message ?? t("problems.theServerRefusedThe", { status: response.status });
  throw new ApiProblem(message, response.status, "login_refused");
}

export async function logOut(): Promise<void> {
  await call("DELETE", "/session"); // answers 401: the session it was asked about is gone
}
