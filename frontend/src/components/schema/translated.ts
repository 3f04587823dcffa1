/** Fields in the reader's language, as far as the catalogue has them: a schema's own labels and help are English. */
import type { FieldTexts } from "../../i18n/en/fields.ts";
import { fieldTexts } from "../../i18n/index.ts";
import type { Node } from "./tree.ts";

/** The same fields with other words. The texts of the area `fields` are loaded before. */
export function translated(nodes: readonly Node[], texts = fieldTexts()): Node[] {
  if (!texts) return [...nodes];
  return nodes.map((node) => inWordsOf(texts, node));
}

function inWordsOf(texts: FieldTexts, node: Node): Node {
  const help = node.description.replaceAll(/\s+/g, " ").trim();
  const words = {
    label: texts.labelsByHelp[help] ?? texts.labels[node.name] ?? node.label,
    description: texts.help[help] ?? node.description,
  };
  switch (node.kind) {
    case "field":
    case "auto":
      return { ...node, ...words, field: { ...node.field, ...words } };
    case "group":
    case "optional":
      return { ...node, ...words, children: translated(node.children, texts) };
    case "union": {
      const variants = [...node.variants].map(
        ([name, children]) => [name, translated(children, texts)] as const,
      );
      return { ...node, ...words, variants: new Map(variants) };
    }
  }
}
