/** A call of a model from a shell, from Python and by the command line client. The key comes from the environment. */
import type { Schemas } from "../../api/client.ts";
import type { Model } from "./queries.ts";
import { typicalRow } from "./cells.ts";

interface Snippet {
  language: "curl" | "python" | "cli";
  name: string;
  code: string;
}

const SAMPLES: Record<Model["task"], unknown> = {
  text_classification: "a text to classify",
  text_regression: "a text to score",
  sentence_embedding: { sentence1: "a text", sentence2: "another to compare it with" },
  token_classification: "a text whose words are tagged",
  language_modelling: "a text to go on with",
  instruction_tuning: { messages: [{ role: "user", content: "a question" }] },
  preference_tuning: { messages: [{ role: "user", content: "a question" }] },
  translation: "a text to translate",
  image_classification: "<base64 of an image>",
  image_regression: "<base64 of an image>",
  audio_classification: "<base64 of a recording>",
  speech_recognition: "<base64 of a recording>",
  time_series_forecasting: [1, 2, 3],
  sequence_classification: [1, 2, 3],
  recommendation: { user: "1" },
  tabular_classification: {},
  tabular_regression: {},
};

/** An input of the right shape; of a table, a row with its columns. */
function sampleInput(model: Model, profile: Schemas["DatasetProfile"] | null | undefined): string {
  const shape = profile?.profile;
  return JSON.stringify(shape?.kind === "table" ? typicalRow(shape.columns) : SAMPLES[model.task]);
}

export function snippetsFor(
  model: Model,
  profile: Schemas["DatasetProfile"] | null | undefined,
  origin: string,
): Snippet[] {
  const inputs = `[${sampleInput(model, profile)}]`;
  const quoted = `'{"inputs": ${inputs.replaceAll("'", "'\\''")}}'`;
  return [
    {
      language: "curl",
      name: "curl",
      code: [
        `curl ${origin}/api/v1/models/${model.id}/predict`,
        `-H "Authorization: Bearer $TRAINYARD_API_KEY"`,
        `-H "Content-Type: application/json"`,
        `-d ${quoted}`,
      ].join(" \\\n  "),
    },
    {
      language: "python",
      name: "Python",
      code: [
        "from trainyard_client import Client",
        "",
        `with Client(base_url="${origin}") as client:`,
        `    print(client.models.predict("${model.id}", ${inputs}))`,
      ].join("\n"),
    },
    {
      language: "cli",
      name: "CLI",
      code: [
        `export TRAINYARD_URL=${origin}`,
        `echo ${quoted} > inputs.json`,
        `trainyard models predict ${model.id} inputs.json`,
      ].join("\n"),
    },
  ];
}
