/** Labels and help of the fields of a training spec; English ones stand in its JSON Schema. */
export type FieldTexts = {
  /** By the field's name. */
  labels: Record<string, string>;
  /** By the English help, where one name stands for two things. */
  labelsByHelp: Record<string, string>;
  /** By the English help, so that one that is changed there is translated anew. */
  help: Record<string, string>;
};

export const fields: FieldTexts = { labels: {}, labelsByHelp: {}, help: {} };
