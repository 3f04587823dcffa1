import { Stack } from "@mantine/core";
import { useMemo } from "react";
import { Loaded } from "../../components/Loaded.tsx";
import { Section } from "../../components/Section.tsx";
import { isSchema } from "../../components/schema/fields.ts";
import { type Node, nodesOf, valueIn } from "../../components/schema/tree.ts";
import { translated } from "../../components/schema/translated.ts";
import { TreeForm } from "../../components/schema/TreeForm.tsx";
import { t } from "../../i18n/index.ts";
import { useSpecSchema, useTasks } from "./queries.ts";
import type { Spec } from "./spec.ts";

export interface Props {
  spec: Spec;
  onChange: (spec: Spec) => void;
  errorOf: (path: string) => string | undefined;
}

const SECTIONS = ["training", "split", "resources", "limits"];
/** They stand elsewhere on the page. */
const ELSEWHERE: Record<string, string[]> = { training: ["epochs", "batch_size"], limits: ["max_cost"] };

interface Part {
  name: string;
  nodes: Node[];
}

/** Every field that a spec has, as its schema says: those of the architecture first. */
function partsOf(schema: unknown, architecture: string): Part[] {
  if (!isSchema(schema) || !isSchema(schema.properties) || !isSchema(schema.$defs)) return [];
  const { properties, $defs } = schema;
  const own = valueIn(properties, ["architecture", "discriminator", "mapping", architecture]);
  const definitionOf = (reference: unknown) =>
    typeof reference === "string" ? $defs[reference.replace("#/$defs/", "")] : undefined;
  const parts = SECTIONS.map((name) => {
    const section = properties[name];
    const nodes = isSchema(section) ? nodesOf(definitionOf(section.$ref), schema) : [];
    return { name, nodes: nodes.filter((node) => !ELSEWHERE[name]?.includes(node.name)) };
  });
  const priority = nodesOf({ properties: { priority: properties.priority } }, schema);
  return [
    { name: "architecture", nodes: nodesOf(definitionOf(own), schema) },
    ...parts,
    { name: "", nodes: priority },
  ];
}

const PART_WORDS: Record<string, string> = {
  architecture: t("newJob.partArchitecture"),
  training: t("newJob.partTraining"),
  split: t("newJob.partSplit"),
  resources: t("newJob.partResources"),
  limits: t("newJob.partLimits"),
  "": t("newJob.partQueue"),
};

/** The parts of `training` that other tasks have alone. */
function useForeignSections(task: string): ReadonlySet<string> {
  const tasks = useTasks().data;
  return useMemo(() => {
    const own = new Set(tasks?.find(({ name }) => name === task)?.sections);
    return new Set((tasks ?? []).flatMap(({ sections }) => sections).filter((name) => !own.has(name)));
  }, [tasks, task]);
}

/** Every field of the spec that stands nowhere else, as its schema says. */
export function AllFields({ spec, onChange, errorOf }: Props) {
  const schema = useSpecSchema();
  const architecture = String(valueIn(spec, ["architecture", "name"]));
  const foreign = useForeignSections(String(spec.task));
  const parts = useMemo(
    () =>
      partsOf(schema.data, architecture).map(({ name, nodes }) => ({
        name,
        nodes: translated(name === "training" ? nodes.filter((node) => !foreign.has(node.name)) : nodes),
      })),
    [schema.data, architecture, foreign],
  );
  return (
    <Loaded query={schema}>
      {() => (
        <Stack gap="lg" mt="md">
          {parts.map(({ name, nodes }) => (
            <Section key={name} title={PART_WORDS[name] ?? name}>
              <TreeForm
                nodes={nodes}
                path={name ? [name] : []}
                value={spec}
                onChange={onChange}
                errorOf={errorOf}
              />
            </Section>
          ))}
        </Stack>
      )}
    </Loaded>
  );
}
