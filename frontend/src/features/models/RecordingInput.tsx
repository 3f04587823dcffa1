import { Button, FileButton, Group, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { base64Of } from "./base64.ts";
import type { InputProps } from "./TryModel.tsx";

export function RecordingInput({ busy, onPredict }: InputProps) {
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
      {file && <audio src={url} aria-label={file.name} controls />}
      <FileButton accept="audio/wav,audio/flac,audio/ogg" onChange={(chosen) => void choose(chosen)}>
        {(props) => (
          <Button {...props} variant="default" loading={busy}>
            {file ? "Choose another recording" : "Choose a recording"}
          </Button>
        )}
      </FileButton>
      {!file && (
        <Text size="sm" c="dimmed">
          A WAV, FLAC or OGG file
        </Text>
      )}
    </Group>
  );
}
