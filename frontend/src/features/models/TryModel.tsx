import { Button, FileButton, Group, Image, Stack, Text, Title } from "@mantine/core";
import { useEffect, useState } from "react";
import { useMay } from "../../auth/me.ts";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { PredictionResult } from "./PredictionResult.tsx";
import { type Model, type ModelInput, usePredict } from "./queries.ts";
import { RowForm } from "./RowForm.tsx";

/** Runs the finished model on one input of the person's own. */
export function TryModel({ model }: { model: Model }) {
  const predict = usePredict(model.id);
  const mayPredict = useMay("models.predict");
  if (!mayPredict) return null;
  const isImage = model.task === "image_classification";
  const Input = isImage ? ImageInput : RowForm;
  return (
    <Stack gap="md" miw={0}>
      <Title order={3}>Try it</Title>
      <Input model={model} busy={predict.isPending} onPredict={(input) => predict.mutate(input)} />
      {predict.isError && <ProblemAlert error={predict.error} />}
      {predict.data && <PredictionResult prediction={predict.data} />}
    </Stack>
  );
}

export interface InputProps {
  model: Model;
  busy: boolean;
  onPredict: (input: ModelInput) => void;
}

async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
}

function ImageInput({ busy, onPredict }: InputProps) {
  const [file, setFile] = useState<File | null>(null);
  const [url, setUrl] = useState("");
  useEffect(() => () => URL.revokeObjectURL(url), [url]);

  const choose = async (chosen: File | null) => {
    if (!chosen) return;
    setFile(chosen);
    setUrl(URL.createObjectURL(chosen));
    onPredict(await base64Of(chosen));
  };
  return (
    <Group gap="md">
      {file && <Image src={url} alt={file.name} w={72} h={72} fit="contain" radius="sm" />}
      <FileButton accept="image/png,image/jpeg" onChange={(chosen) => void choose(chosen)}>
        {(props) => (
          <Button {...props} variant="default" loading={busy}>
            {file ? "Choose another image" : "Choose an image"}
          </Button>
        )}
      </FileButton>
      {!file && (
        <Text size="sm" c="dimmed">
          A PNG or JPEG file
        </Text>
      )}
    </Group>
  );
}
