/** The API's OpenAPI document as tests hold requests and answers against it. */
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";

export interface Schema {
  $ref?: string;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  const?: unknown;
  default?: unknown;
  enum?: unknown[];
  example?: unknown;
  format?: string;
  items?: Schema;
  maxLength?: number;
  minItems?: number;
  minLength?: number;
  minimum?: number;
  pattern?: string;
  properties?: Record<string, Schema>;
  type?: string | string[];
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema: Schema;
}

interface Body {
  content?: Record<string, { schema?: Schema; examples?: Record<string, { value: unknown }> }>;
}

export interface Operation {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: Body;
  responses: Record<string, Body>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const DOCUMENT = "openapi.json";
const document = JSON.parse(readFileSync(DOCUMENT, "utf-8")) as Document;
const ajv = new Ajv2020({ strict: false, validateFormats: false, unicodeRegExp: false });
ajv.addSchema(document, DOCUMENT);

const routes = Object.entries(document.paths).map(([path, operations]) => ({
  pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, "[^/]+")}$`),
  isTemplate: path.includes("{"),
  operations,
}));
routes.sort((one, other) => Number(one.isTemplate) - Number(other.isTemplate));

/** The operation that `method` on `pathname` is; `undefined` where the API has none. */
export function operationAt(method: string, pathname: string): Operation | undefined {
  return routes.find(({ pattern }) => pattern.test(pathname))?.operations[method.toLowerCase()];
}

/** The schema that `schema` refers to, or itself. */
export function resolved(schema: Schema): Schema {
  const name = schema.$ref?.replace("#/components/schemas/", "");
  return name === undefined ? schema : resolved(document.components.schemas[name] ?? {});
}

/** What of `value` the document does not allow; empty where it is as `schema` says. */
export function faultsOf(schema: Schema, value: unknown): string[] {
  const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', `"${DOCUMENT}#/`)) as Schema;
  const validate = ajv.compile(absolute);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message }) => `${instancePath || "/"} ${message ?? ""}`,
  );
}

/** The schema of the JSON that a request brings, or that an answer of `status` has. */
export function jsonOf(body: Body | undefined): Schema | undefined {
  return body?.content?.["application/json"]?.schema;
}
