/** The spec of a new job as it is written: plain JSON, the one truth behind the form and the text beside it. */
import type { SpecRequest } from "../../api/client.ts";
import { valueIn, withValue } from "../../components/schema/tree.ts";
import type { Job } from "../jobs/queries.ts";

export type Spec = Record<string, unknown>;

const MONEY = /^\d{1,7}([.,]\d{1,6})?$/;

/** An amount as people write it, `0,50` too, as the API takes it; null for what is none. */
export function readAmount(text: string): string | null {
  const amount = text.trim();
  return MONEY.test(amount) ? amount.replace(",", ".") : null;
}

export const isObject = (value: unknown): value is Spec =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The spec that `text` spells, or null. */
export function parseSpec(text: string): Spec | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** What is sent: amounts in the API's way of writing. Shaped by the schema, which the server holds it against. */
export function asRequest(spec: Spec): SpecRequest {
  const cost = valueIn(spec, ["limits", "max_cost"]);
  const amount = typeof cost === "string" ? (readAmount(cost) ?? cost) : cost;
  return withValue(spec, ["limits", "max_cost"], amount) as unknown as SpecRequest;
}

/** The spec of a job, to be submitted once more by another name. */
export function cloned(job: Job): Spec {
  const name = /^(.*?)(?: \((\d+)\))?$/.exec(job.name);
  const copy = `${name?.[1] ?? job.name} (${Number(name?.[2] ?? 1) + 1})`;
  return { ...(job.spec as unknown as Spec), name: copy.slice(0, 120) };
}

const SMALLER = 2;
const GENTLER = 10;

/** A spec with what the hint of a failure asks for; null where it names nothing that a spec can change. */
export function withHint(spec: Spec, job: Job): Spec | null {
  const code = job.error?.code ?? "";
  if (code === "out_of_memory") {
    const size = job.resolved_training?.batch_size ?? Number(valueIn(spec, ["training", "batch_size"]));
    if (!Number.isFinite(size)) return null;
    return withValue(spec, ["training", "batch_size"], Math.max(1, Math.floor(size / SMALLER)));
  }
  if (code === "non_finite_loss") {
    const rate = valueIn(spec, ["training", "optimizer", "lr"]);
    const clipped = withValue(spec, ["training", "regularization", "clip_norm"], 1);
    return typeof rate === "number"
      ? withValue(clipped, ["training", "optimizer", "lr"], rate / GENTLER)
      : clipped;
  }
  return null;
}

const DRAFT = "trainyard.new-job";

export interface KeptDraft {
  spec: Spec;
  dataset: string;
  version: string;
}

/** The draft that was left: it outlives a reload, a log-in and the way back. */
export function keptDraft(): KeptDraft | null {
  const kept = parseSpec(localStorage.getItem(DRAFT) ?? "");
  if (!kept || !isObject(kept.spec) || typeof kept.dataset !== "string" || typeof kept.version !== "string")
    return null;
  return { spec: kept.spec, dataset: kept.dataset, version: kept.version };
}

export function keepDraft(draft: KeptDraft | null): void {
  if (draft) localStorage.setItem(DRAFT, JSON.stringify(draft));
  else localStorage.removeItem(DRAFT);
}
