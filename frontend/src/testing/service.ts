/** A service that answers as the OpenAPI document says, and notes what is asked or answered otherwise. */
import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";
import { faultsOf, jsonOf, type Operation, operationAt } from "./openapi.ts";
import { sampleOf } from "./sample.ts";

export interface Asked {
  /** Method and path. */
  call: string;
  query: Record<string, string>;
  body: unknown;
}

export interface Service {
  asked: Asked[];
  /** What contradicts the document, of requests and of answers. */
  faults: string[];
  /**
   * Has the JSON of `call`, such as "GET /api/v1/wallet", answered with `changes` of what its schema allows, or with
   * those that follow from what is asked; a `Response` is the whole answer.
   */
  answer: (call: string, changes: Changes, status?: number) => void;
  /** Answers as the document says again, and forgets what was asked. */
  forget: () => void;
}

type Changes = object | ((asked: Asked) => object);

interface Answer {
  changes: Changes;
  status: number | undefined;
}

const answers = new Map<string, Answer>();
const asked: Asked[] = [];
const faults: string[] = [];

const server = setupServer(
  // Accounts are allauth's, which has a document of its own.
  http.all("*/_allauth/*", () => HttpResponse.json({ status: 200, data: [], meta: {} })),
  http.all("*/api/*", async ({ request }) => {
    const found = await askedIn(request);
    asked.push(found);
    const operation = operationAt(request.method, new URL(request.url).pathname);
    if (!operation) {
      faults.push(`${found.call}: there is no such operation`);
      return new HttpResponse(null, { status: 404 });
    }
    faults.push(...faultsOfRequest(operation, found));
    return answerTo(operation, found, answers.get(found.call));
  }),
);
// Before anything else: src/test-setup.ts imports this module first.
server.listen({ onUnhandledRequest: "error" });

/** Serves all that the dashboard may ask; requests are held against the document, and so are answers. */
export const service: Service = {
  asked,
  faults,
  answer: (call, changes, status) => void answers.set(call, { changes, status }),
  forget: () => {
    answers.clear();
    asked.length = 0;
    faults.length = 0;
  },
};

async function askedIn(request: Request): Promise<Asked> {
  const { pathname, searchParams } = new URL(request.url);
  const text = await request.text();
  const isJson = request.headers.get("Content-Type")?.includes("json") ?? false;
  return {
    call: `${request.method} ${pathname}`,
    query: Object.fromEntries(searchParams),
    body: isJson && text ? (JSON.parse(text) as unknown) : undefined,
  };
}

function faultsOfRequest(operation: Operation, { call, query, body }: Asked): string[] {
  const parameters = (operation.parameters ?? []).filter((each) => each.in === "query");
  const names = new Set(parameters.map(({ name }) => name));
  const unknown = Object.keys(query).filter((name) => !names.has(name));
  const missing = parameters.filter(({ name, required }) => required && !(name in query));
  const schema = jsonOf(operation.requestBody);
  const faults = body !== undefined && schema ? faultsOf(schema, body) : [];
  return [
    ...unknown.map((name) => `${call}: the parameter ${name} is not described`),
    ...missing.map(({ name }) => `${call}: the parameter ${name} is missing`),
    ...faults.map((fault) => `${call}: the body's ${fault}`),
  ];
}

function changesOf(given: Answer | undefined, found: Asked): object | undefined {
  const changes = given?.changes;
  return typeof changes === "function" ? (changes as (asked: Asked) => object)(found) : changes;
}

function answerTo(operation: Operation, found: Asked, given: Answer | undefined): Response {
  const { call } = found;
  const changes = changesOf(given, found);
  if (changes instanceof Response) return changes;
  const described = Object.keys(operation.responses).find((status) => status.startsWith("2")) ?? "204";
  const status = given?.status ?? Number(described);
  const schema = jsonOf(operation.responses[described]);
  if (status >= 400) return HttpResponse.json(changes ?? {}, { status });
  if (!schema) return new HttpResponse(null, { status });
  const sample = sampleOf(schema);
  const body = typeof sample === "object" && sample !== null ? { ...sample, ...changes } : sample;
  faults.push(...faultsOf(schema, body).map((fault) => `${call}: the answer's ${fault}`));
  return HttpResponse.json(body as object, { status });
}
