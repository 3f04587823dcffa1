import { Button, FileButton, Group, Image, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { base64Of } from "./base64.ts";
import type { InputProps } from "./TryModel.tsx";

export function ImageInput({ busy, onPredict }: InputProps) {
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
