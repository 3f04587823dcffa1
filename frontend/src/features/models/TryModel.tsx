import { Loader, Stack } from "@mantine/core";
import { type ComponentType, lazy, Suspense } from "react";
import { later } from "../../components/later.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { PredictionResult } from "./PredictionResult.tsx";
import { type Model, type ModelInput, usePredict } from "./queries.ts";
import { t } from "../../i18n/index.ts";

export interface InputProps {
  model: Model;
  busy: boolean;
  onPredict: (input: ModelInput) => void;
}

const input = (load: () => Promise<ComponentType<InputProps>>) =>
  lazy(async () => ({ default: await load() }));

const PictureInput = input(async () => (await import("./PictureInput.tsx")).PictureInput);
const RecordingInput = input(async () => (await import("./RecordingInput.tsx")).RecordingInput);
const TextInput = input(async () => (await import("./TextInput.tsx")).TextInput);
const PairInput = input(async () => (await import("./PairInput.tsx")).PairInput);
const RowForm = input(async () => (await import("./RowForm.tsx")).RowForm);
const StepsInput = input(async () => (await import("./StepsInput.tsx")).StepsInput);
const UserInput = input(async () => (await import("./UserInput.tsx")).UserInput);

const Chat = later(200, ["chat"], async () => (await import("./chat/Chat.tsx")).Chat);

const WRITTEN: readonly Model["task"][] = ["language_modelling", "instruction_tuning", "preference_tuning"];

/** Whether the model is a causal language model that answers piece by piece. */
const writes = ({ architecture, task }: Model) => architecture === "causal_lm" && WRITTEN.includes(task);

/** What a model of each task is asked with; only the one that is needed is loaded. */
const INPUTS: Record<Model["task"], ComponentType<InputProps>> = {
  image_classification: PictureInput,
  image_regression: PictureInput,
  text_classification: TextInput,
  text_regression: TextInput,
  sentence_embedding: PairInput,
  token_classification: TextInput,
  audio_classification: RecordingInput,
  speech_recognition: RecordingInput,
  language_modelling: TextInput,
  instruction_tuning: TextInput,
  preference_tuning: TextInput,
  translation: TextInput,
  tabular_classification: RowForm,
  tabular_regression: RowForm,
  time_series_forecasting: StepsInput,
  sequence_classification: StepsInput,
  recommendation: UserInput,
};

/** Runs the finished model on one input of the person's own. */
export function TryModel({ model }: { model: Model }) {
  const predict = usePredict(model.id);
  if (!model.allowed_actions.includes("predict")) return null;
  const Input = INPUTS[model.task];
  return (
    <Stack gap="md" miw={0}>
      {writes(model) ? (
        <Chat model={model} />
      ) : (
        <Suspense fallback={<Loader size="sm" aria-label={t("common.loading")} />}>
          <Input model={model} busy={predict.isPending} onPredict={(input) => predict.mutate(input)} />
        </Suspense>
      )}
      {predict.isError && <ProblemAlert error={predict.error} />}
      {predict.data && <PredictionResult prediction={predict.data} />}
    </Stack>
  );
}
