import { Stack, Title } from "@mantine/core";
import type { ComponentType } from "react";
import { useMay } from "../../auth/me.ts";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { ImageInput, RecordingInput } from "./FileInput.tsx";
import { PredictionResult } from "./PredictionResult.tsx";
import { type Model, type ModelInput, usePredict } from "./queries.ts";
import { RowForm } from "./RowForm.tsx";
import { StepsInput } from "./StepsInput.tsx";
import { TextInput } from "./TextInput.tsx";
import { UserInput } from "./UserInput.tsx";
import { t } from "../../i18n/index.ts";

export interface InputProps {
  model: Model;
  busy: boolean;
  onPredict: (input: ModelInput) => void;
}

const INPUTS: Record<Model["task"], ComponentType<InputProps>> = {
  image_classification: ImageInput,
  image_regression: ImageInput,
  text_classification: TextInput,
  text_regression: TextInput,
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
  const mayPredict = useMay("models.predict");
  if (!mayPredict) return null;
  const Input = INPUTS[model.task];
  return (
    <Stack gap="md" miw={0}>
      <Title order={3}>{t("models.tryIt")}</Title>
      <Input model={model} busy={predict.isPending} onPredict={(input) => predict.mutate(input)} />
      {predict.isError && <ProblemAlert error={predict.error} />}
      {predict.data && <PredictionResult prediction={predict.data} />}
    </Stack>
  );
}
