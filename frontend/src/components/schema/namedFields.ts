/** Sentences of the API that name fields of a spec by their paths, with the labels that the form has for them. */
import { currentLanguage, fieldTexts } from "../../i18n/index.ts";
import { labelOf } from "./fields.ts";

const GROUPS =
  "architecture|audio|augment|checkpoint|early_stopping|ema|embedding|fine_tuning|graders|limits|optimizer|preprocess|" +
  "regularization|resources|schedule|sequence|series|split|text|training|tuning";
const PATH = new RegExp(`\\b(?:(?:${GROUPS})\\.)+[a-z_]+\\b`, "g");

/** The label of a group or a field; of a group that another language has no word for, none. */
function wordsFor(name: string, isField: boolean): string | undefined {
  const known = fieldTexts()?.labels[name];
  return known ?? (isField || currentLanguage() === "en" ? labelOf(name) : undefined);
}

/** `training.optimizer.lr` → `“Optimizer › Lr”`. The texts of the area `fields` are loaded before. */
export function withNamedFields(sentence: string): string {
  return sentence.replaceAll(PATH, (path) => {
    const names = path.split(".").filter((name) => name !== "training");
    const words = names.map((name, at) => wordsFor(name, at === names.length - 1));
    return `“${words.filter(Boolean).join(" › ")}”`;
  });
}
