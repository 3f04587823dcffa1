import { Button, FileButton, Group, Image, Text } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { base64Of } from "./base64.ts";
import type { InputProps } from "./TryModel.tsx";
import { t } from "../../i18n/index.ts";

interface FileInputProps extends InputProps {
  accept: string;
  choose: string;
  chooseAnother: string;
  formats: string;
  shown: (url: string, name: string) => ReactNode;
}

function FileInput({ busy, onPredict, accept, choose, chooseAnother, formats, shown }: FileInputProps) {
  const [file, setFile] = useState<File | null>(null);
  const [url, setUrl] = useState("");
  useEffect(() => () => URL.revokeObjectURL(url), [url]);

  const take = async (chosen: File | null) => {
    if (!chosen) return;
    setFile(chosen);
    setUrl(URL.createObjectURL(chosen));
    onPredict(await base64Of(chosen));
  };
  return (
    <Group gap="md">
      {file && shown(url, file.name)}
      <FileButton accept={accept} onChange={(chosen) => void take(chosen)}>
        {(props) => (
          <Button {...props} variant="default" loading={busy}>
            {file ? chooseAnother : choose}
          </Button>
        )}
      </FileButton>
      {!file && (
        <Text size="sm" c="dimmed">
          {formats}
        </Text>
      )}
    </Group>
  );
}

export function ImageInput(props: InputProps) {
  return (
    <FileInput
      {...props}
      accept="image/png,image/jpeg"
      choose={t("models.chooseImage")}
      chooseAnother={t("models.anotherImage")}
      formats={t("models.imageFormats")}
      shown={(url, name) => <Image src={url} alt={name} w={72} h={72} fit="contain" radius="sm" />}
    />
  );
}

export function RecordingInput(props: InputProps) {
  return (
    <FileInput
      {...props}
      accept="audio/wav,audio/flac,audio/ogg"
      choose={t("models.chooseRecording")}
      chooseAnother={t("models.anotherRecording")}
      formats={t("models.recordingFormats")}
      shown={(url, name) => <audio src={url} aria-label={name} controls />}
    />
  );
}
