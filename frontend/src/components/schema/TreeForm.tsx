import { Fieldset, SimpleGrid, Stack, Switch, Text } from "@mantine/core";
import { t } from "../../i18n/index.ts";
import { SchemaField } from "./SchemaField.tsx";
import { type Node, valueIn, withValue } from "./tree.ts";
import { LazySelect } from "../LazySelect.tsx";
import { NumberField } from "../NumberField.tsx";

interface Props {
  nodes: readonly Node[];
  /** The whole object that the form edits. */
  value: Record<string, unknown>;
  path?: readonly string[];
  onChange: (value: Record<string, unknown>) => void;
  /** By dotted path. */
  errorOf: (path: string) => string | undefined;
}

const AUTO = "auto";
const NONE = "";

/** A form for a tree of fields: simple ones side by side, objects framed below each other. */
export function TreeForm({ nodes, path = [], ...rest }: Props) {
  const simple = nodes.filter(({ kind }) => kind === "field" || kind === "auto");
  const framed = nodes.filter(({ kind }) => kind !== "field" && kind !== "auto");
  return (
    <Stack gap="md">
      {simple.length > 0 && (
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
          {simple.map((node) => (
            <TreeNode key={node.name} node={node} path={[...path, node.name]} {...rest} />
          ))}
        </SimpleGrid>
      )}
      {framed.map((node) => (
        <TreeNode key={node.name} node={node} path={[...path, node.name]} {...rest} />
      ))}
    </Stack>
  );
}

interface NodeProps extends Omit<Props, "nodes" | "path"> {
  node: Node;
  path: readonly string[];
}

function TreeNode({ node, path, value, onChange, errorOf }: NodeProps) {
  const own = valueIn(value, path);
  const change = (inner: unknown) => onChange(withValue(value, path, inner));
  const error = errorOf(path.join("."));
  const deeper = { value, path, onChange, errorOf };
  switch (node.kind) {
    case "field":
      return (
        <SchemaField
          field={node.field}
          value={node.field.kind === "number" ? own : (own ?? node.fallback)}
          placeholder={typeof node.fallback === "number" ? String(node.fallback) : undefined}
          error={error}
          onChange={change}
        />
      );
    case "auto":
      return (
        <NumberField
          label={node.label}
          description={node.description}
          placeholder={t("newJob.auto")}
          error={error}
          min={1}
          allowDecimal={false}
          value={typeof own === "number" ? own : ""}
          onChange={(entered) => change(entered === "" ? undefined : entered)}
        />
      );
    case "group":
      return (
        <Fieldset legend={node.label}>
          <Help text={node.description} />
          <TreeForm nodes={node.children} {...deeper} />
        </Fieldset>
      );
    case "optional":
      return (
        <Fieldset legend={node.label}>
          <Switch
            label={node.description || node.label}
            checked={own !== undefined && own !== null}
            onChange={(event) => change(event.currentTarget.checked ? {} : undefined)}
          />
          {own !== undefined && own !== null && <TreeForm nodes={node.children} {...deeper} />}
        </Fieldset>
      );
    case "union":
      return <Union node={node} own={own} change={change} deeper={deeper} error={error} />;
  }
}

interface UnionProps {
  node: Extract<Node, { kind: "union" }>;
  own: unknown;
  change: (inner: unknown) => void;
  deeper: Omit<NodeProps, "node">;
  error: string | undefined;
}

function Union({ node, own, change, deeper, error }: UnionProps) {
  const tag = valueIn(own, [node.by]);
  const chosen = typeof tag === "string" ? tag : node.auto ? AUTO : NONE;
  const fields = node.variants.get(chosen) ?? [];
  const data = [
    ...(node.auto ? [{ value: AUTO, label: t("newJob.auto") }] : []),
    ...(node.nullable ? [{ value: NONE, label: t("newJob.none") }] : []),
    ...[...node.variants.keys()].map((name) => ({ value: name, label: name.replaceAll("_", " ") })),
  ];
  return (
    <Fieldset legend={node.label}>
      <Stack gap="md">
        <LazySelect
          label={node.label}
          description={node.description}
          data={data}
          value={chosen || null}
          placeholder={t("newJob.usual")}
          allowDeselect={false}
          error={error}
          onChange={(name) => change(name && node.variants.has(name) ? { [node.by]: name } : undefined)}
        />
        {fields.length > 0 && <TreeForm nodes={fields} {...deeper} />}
      </Stack>
    </Fieldset>
  );
}

function Help({ text }: { text: string }) {
  if (!text) return null;
  return (
    <Text size="xs" c="dimmed" mb="xs">
      {text}
    </Text>
  );
}
