/** Turns a JSON Schema (2020-12, as pydantic writes it) into the fields of a form. */
export type Choice = string | number;

interface Base {
  name: string;
  label: string;
  description: string;
}

export type Field = Base &
  (
    | { kind: "number"; integer: boolean; min?: number; max?: number }
    | { kind: "choice"; choices: Choice[] }
    | { kind: "flag" }
    | { kind: "text" }
    | { kind: "numbers"; min?: number; max?: number; maxItems?: number }
    | { kind: "json" }
  );

export type Schema = Record<string, unknown>;

export const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const asNumber = (value: unknown) => (typeof value === "number" ? value : undefined);
const asText = (value: unknown) => (typeof value === "string" ? value : "");

function limits(schema: Schema): { min?: number; max?: number } {
  const min = asNumber(schema.minimum) ?? asNumber(schema.exclusiveMinimum);
  const max = asNumber(schema.maximum) ?? asNumber(schema.exclusiveMaximum);
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

/** Follows a reference, and takes what an optional value is when it is there. */
export function resolve(schema: Schema, root: Schema): Schema {
  const ref = asText(schema.$ref).replace("#/$defs/", "");
  const definition = isSchema(root.$defs) ? root.$defs[ref] : undefined;
  if (isSchema(definition)) return { ...definition, ...schema, $ref: undefined };
  const options = Array.isArray(schema.anyOf) ? schema.anyOf.filter(isSchema) : [];
  const present = options.filter((option) => option.type !== "null");
  if (present.length === 1 && present[0])
    return { ...resolve(present[0], root), ...schema, anyOf: undefined };
  return schema;
}

export function fieldOf(base: Base, schema: Schema, root: Schema): Field {
  const choices = Array.isArray(schema.enum) ? schema.enum.filter(isChoice) : [];
  if (choices.length > 0) return { ...base, kind: "choice", choices };
  switch (schema.type) {
    case "integer":
    case "number":
      return { ...base, kind: "number", integer: schema.type === "integer", ...limits(schema) };
    case "boolean":
      return { ...base, kind: "flag" };
    case "string":
      return { ...base, kind: "text" };
    case "array": {
      const items = isSchema(schema.items) ? resolve(schema.items, root) : {};
      if (items.type !== "integer" && items.type !== "number") break;
      const maxItems = asNumber(schema.maxItems);
      return { ...base, kind: "numbers", ...limits(items), ...(maxItems === undefined ? {} : { maxItems }) };
    }
  }
  return { ...base, kind: "json" };
}

function isChoice(value: unknown): value is Choice {
  return typeof value === "string" || typeof value === "number";
}

/** `kernel_size` → `Kernel size`. */
export function labelOf(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
