/** A call of a model from a shell, from Python and by the command line client. The key comes from the environment. */
import type { Schemas } from "../../api/client.ts";
import type { Model } from "./queries.ts";
import { typicalRow } from "./cells.ts";

interface Snippet {
  language: "curl" | "python" | "cli";
  name: string;
  code: string;
}

/** Files beside the person who asks, by tasks whose inputs are files. */
const FILES = {
  image_classification: "picture.png",
  image_regression: "picture.png",
  audio_classification: "recording.wav",
  speech_recognition: "recording.wav",
} as const;

const isOfFiles = (task: Model["task"]): task is keyof typeof FILES => task in FILES;

const SAMPLES: Record<Exclude<Model["task"], keyof typeof FILES>, unknown> = {
  text_classification: "a text to classify",
  text_regression: "a text to score",
  sentence_embedding: { sentence1: "a text", sentence2: "another to compare it with" },
  token_classification: "a text whose words are tagged",
  language_modelling: "a text to go on with",
  instruction_tuning: { messages: [{ role: "user", content: "a question" }] },
  preference_tuning: { messages: [{ role: "user", content: "a question" }] },
  translation: "a text to translate",
  time_series_forecasting: [1, 2, 3],
  sequence_classification: [1, 2, 3],
  recommendation: { user: "1" },
  tabular_classification: {},
  tabular_regression: {},
};

/** How a program gives a model its inputs. */
interface Asked {
  /** A shell command that prints the body of the call. */
  body: string;
  imports: string[];
  /** A Python expression of the answer. */
  call: string;
}

function askedOf(model: Model, profile: Schemas["DatasetProfile"] | null | undefined): Asked {
  if (isOfFiles(model.task)) {
    const file = FILES[model.task];
    return {
      body: `printf '{"inputs": ["%s"]}' "$(base64 < ${file} | tr -d '\\n')"`,
      imports: ["from pathlib import Path", ""],
      call: `client.predict("${model.id}", [Path("${file}")])`,
    };
  }
  const shape = profile?.profile;
  const input = shape?.kind === "table" ? typicalRow(shape.columns) : SAMPLES[model.task];
  const inputs = `[${JSON.stringify(input)}]`;
  return {
    body: `printf '%s' '{"inputs": ${inputs.replaceAll("'", "'\\''")}}'`,
    imports: [],
    call: `client.models.predict("${model.id}", ${inputs})`,
  };
}

export function snippetsFor(
  model: Model,
  profile: Schemas["DatasetProfile"] | null | undefined,
  origin: string,
): Snippet[] {
  const { body, imports, call } = askedOf(model, profile);
  return [
    {
      language: "curl",
      name: "curl",
      code: [
        `${body} | curl ${origin}/api/v1/models/${model.id}/predict`,
        `-H "Authorization: Bearer $TRAINYARD_API_KEY"`,
        `-H "Content-Type: application/json"`,
        "-d @-",
      ].join(" \\\n  "),
    },
    {
      language: "python",
      name: "Python",
      code: [
        ...imports,
        "from trainyard_client import Client",
        "",
        `with Client(base_url="${origin}") as client:`,
        `    print(${call})`,
      ].join("\n"),
    },
    {
      language: "cli",
      name: "CLI",
      code: [
        `export TRAINYARD_URL=${origin}`,
        `${body} > inputs.json`,
        `trainyard models predict ${model.id} inputs.json`,
      ].join("\n"),
    },
  ];
}
