/** A language model's answer as it is written: server-sent events of a POST, which neither EventSource nor OpenAPI has. */
import type { Schemas } from "./client.ts";
import { csrfToken } from "./headers.ts";
import { ApiProblem, asProblem, problemOf } from "./problem.ts";

export interface Message {
  role: "system" | "user" | "assistant";
  content: string;
}

export interface Sampling {
  max_tokens?: number;
  temperature?: number;
  top_p?: number;
  top_k?: number;
  seed?: number;
  stop?: string[];
}

export type GenerationInput = Sampling & ({ messages: Message[] } | { prompt: string });

interface Asked {
  modelId: string;
  input: GenerationInput;
  /** Ends the answer; what is still under way ends with it, and is billed no further. */
  signal: AbortSignal;
  /** Called with each piece of the text. */
  onText: (piece: string) => void;
}

interface ServerEvent {
  name: string;
  data: Record<string, unknown>;
}

function eventIn(block: string): ServerEvent {
  const field = (name: string) =>
    block
      .split("\n")
      .filter((line) => line.startsWith(`${name}: `))
      .map((line) => line.slice(name.length + 2))
      .join("\n");
  return { name: field("event"), data: JSON.parse(field("data") || "{}") as Record<string, unknown> };
}

async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const blocks = (rest + decoder.decode(read.value, { stream: true })).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) if (block.includes("data: ")) yield eventIn(block);
  }
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

async function answered({ modelId, input, signal, onText }: Asked): Promise<Schemas["Prediction"]> {
  const response = await fetch(`/api/v1/models/${encodeURIComponent(modelId)}/predict`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify({ inputs: [input], stream: true }),
    signal,
  });
  if (!response.ok || !response.body) {
    throw problemOf(response.status, await response.json().catch(() => null));
  }
  for await (const { name, data } of eventsOf(response.body)) {
    if (name === "part") onText(text(data.text));
    if (name === "problem") throw new ApiProblem(text(data.detail), 0, text(data.code), text(data.hint));
    if (name === "predictions") {
      const [prediction] = data.predictions as Schemas["Prediction"][];
      if (prediction) return prediction;
    }
  }
  throw new TypeError("the stream broke off"); // as the browser says it of a connection that was lost
}

/** The whole answer, once it is written; null where `signal` ended it. Throws an `ApiProblem`. */
export async function generate(asked: Asked): Promise<Schemas["Prediction"] | null> {
  try {
    return await answered(asked);
  } catch (error) {
    if (asked.signal.aborted) return null;
    throw asProblem(error);
  }
}
