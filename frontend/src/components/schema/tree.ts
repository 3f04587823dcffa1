/** A JSON Schema with objects in objects as a tree of fields: what a form draws, each with its help and bounds. */
import { type Field, fieldOf, isSchema, labelOf, resolve, type Schema } from "./fields.ts";

interface Base {
  name: string;
  label: string;
  description: string;
}

export type Node = Base &
  (
    | { kind: "field"; field: Field; fallback: unknown }
    /** A whole number, or left to the platform. */
    | { kind: "auto"; field: Field }
    | { kind: "group"; children: Node[] }
    /** An object that may be left out. */
    | { kind: "optional"; children: Node[] }
    /** One of several objects, told apart by a field; `auto` where none may be named. */
    | { kind: "union"; by: string; auto: boolean; nullable: boolean; variants: Map<string, Node[]> }
  );

const text = (value: unknown) => (typeof value === "string" ? value : "");
const schemas = (value: unknown): Schema[] => (Array.isArray(value) ? value.filter(isSchema) : []);
const isAuto = (schema: Schema) => schema.const === "auto";
const isNull = (schema: Schema) => schema.type === "null";

function dereferenced(schema: Schema, root: Schema): Schema {
  const name = text(schema.$ref).replace("#/$defs/", "");
  const found = isSchema(root.$defs) && name ? root.$defs[name] : undefined;
  return isSchema(found) ? { ...found, ...schema, $ref: undefined } : schema;
}

function variantsOf(options: Schema[], by: string, root: Schema): Map<string, Node[]> {
  const found = new Map<string, Node[]>();
  for (const option of options) {
    const whole = dereferenced(option, root);
    const properties = isSchema(whole.properties) ? whole.properties : {};
    const tag = isSchema(properties[by]) ? text(properties[by].const) : "";
    if (tag) found.set(tag, nodesOf(whole, root));
  }
  return found;
}

interface Choice {
  options: Schema[];
  by: string;
  auto: boolean;
  nullable: boolean;
}

/** The objects among which one is chosen, however deep `oneOf` stands in `anyOf`. */
function choiceOf(schema: Schema): Choice | null {
  const all = [...schemas(schema.oneOf), ...schemas(schema.anyOf)];
  const inner = all.find((option) => isSchema(option.discriminator)) ?? schema;
  const { discriminator } = inner;
  if (!isSchema(discriminator)) return null;
  const options = [...schemas(inner.oneOf), ...schemas(inner.anyOf)];
  return {
    options,
    by: text(discriminator.propertyName),
    auto: all.some(isAuto),
    nullable: all.some(isNull),
  };
}

function nodeOf(name: string, given: Schema, root: Schema): Node {
  const schema = dereferenced(given, root);
  const base = { name, label: labelOf(name), description: text(schema.description) };
  const choice = choiceOf(schema);
  if (choice) {
    const { by, auto, nullable } = choice;
    return { ...base, kind: "union", by, auto, nullable, variants: variantsOf(choice.options, by, root) };
  }
  const options = [...schemas(schema.oneOf), ...schemas(schema.anyOf)];
  if (options.some(isAuto)) {
    const number = options.find((option) => !isAuto(option)) ?? {};
    return { ...base, kind: "auto", field: fieldOf(base, number, root) };
  }
  const present = options.filter((option) => !isNull(option)).map((option) => dereferenced(option, root));
  if (present.length === 1 && present[0] && isSchema(present[0].properties)) {
    return { ...base, kind: "optional", children: nodesOf(present[0], root) };
  }
  if (isSchema(schema.properties)) return { ...base, kind: "group", children: nodesOf(schema, root) };
  return {
    ...base,
    kind: "field",
    field: fieldOf(base, resolve(schema, root), root),
    fallback: schema.default,
  };
}

/** The fields of an object schema in its order, without those that have only one value. */
export function nodesOf(schema: unknown, root: unknown = schema): Node[] {
  if (!isSchema(schema) || !isSchema(root) || !isSchema(schema.properties)) return [];
  return Object.entries(schema.properties).flatMap(([name, property]) =>
    !isSchema(property) || "const" in property ? [] : [nodeOf(name, property, root)],
  );
}

/** `value` with `inner` at `path`; undefined takes it away, and objects that become empty with it. */
export function withValue(value: unknown, path: readonly string[], inner: unknown): Record<string, unknown> {
  const [name, ...rest] = path;
  const whole: Schema = isSchema(value) ? value : {};
  if (name === undefined) return { ...whole };
  const next = rest.length > 0 ? withValue(whole[name], rest, inner) : inner;
  const empty = next === undefined || (rest.length > 0 && isSchema(next) && Object.keys(next).length === 0);
  if (!empty) return { ...whole, [name]: next };
  return Object.fromEntries(Object.entries(whole).filter(([other]) => other !== name));
}

export function valueIn(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (isSchema(inner) ? inner[name] : undefined), value);
}
