/** A request that failed, in words a person can act on. */
import { t } from "../i18n/index.ts";
export interface FieldProblem {
  field: string;
  message: string;
  hint: string;
}

export class ApiProblem extends Error {
  override name = "ApiProblem";

  constructor(
    detail: string,
    readonly status: number,
    readonly code: string,
    readonly hint = "",
    readonly requestId = "",
    readonly fields: FieldProblem[] = [],
  ) {
    super(detail);
  }

  /** The message for a field of a form, by its dotted path. */
  field(path: string): string | undefined {
    const found = this.fields.find((item) => item.field === path);
    return found && [found.message, found.hint].filter(Boolean).join(" ");
  }
}

const UNREACHABLE = t("problems.trainyardCannotBeReached");

export function unreachable(): ApiProblem {
  return new ApiProblem(UNREACHABLE, 0, "unreachable", t("problems.checkYourConnectionWhat"));
}

const GATEWAY = new Set([502, 503, 504]);

/** Whether the service as a whole gave no answer: it restarts, or the way to it is broken. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof ApiProblem)) return false;
  const { status, code } = error;
  return (
    code === "unreachable" || code === "database_unavailable" || (GATEWAY.has(status) && code === "unknown")
  );
}

type Fields = Record<string, unknown>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null;

/** The problem that a failed answer states, or a plain sentence when its body is no problem document. */
export function problemOf(status: number, body: unknown): ApiProblem {
  if (!isObject(body) || typeof body.detail !== "string") {
    return new ApiProblem(
      t("problems.theServerAnsweredWith", { status }),
      status,
      "unknown",
      t("problems.tryAgainInA"),
    );
  }
  const errors = Array.isArray(body.errors) ? body.errors.filter(isObject) : [];
  return new ApiProblem(
    body.detail,
    status,
    text(body.code),
    text(body.hint),
    text(body.request_id),
    errors.map((item) => ({ field: text(item.field), message: text(item.message), hint: text(item.hint) })),
  );
}

/** Any thrown value as a problem: the network's own failures have no answer to read. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof TypeError) return unreachable();
  return new ApiProblem(error instanceof Error ? error.message : String(error), 0, "unknown");
}
