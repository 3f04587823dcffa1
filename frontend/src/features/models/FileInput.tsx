import { Button, FileButton, Group, Image, Text } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { DropArea } from "../../components/DropArea.tsx";
import { t } from "../../i18n/index.ts";
import { base64Of } from "./base64.ts";
import type { InputProps } from "./TryModel.tsx";

/** What a picture or a recording was taken from last, shown and asked about at once. */
export function useAsked(onPredict: InputProps["onPredict"]) {
  const [file, setFile] = useState<{ name: string; url: string } | null>(null);
  useEffect(() => () => URL.revokeObjectURL(file?.url ?? ""), [file]);
  const ask = async (blob: Blob, name: string) => {
    setFile({ name, url: URL.createObjectURL(blob) });
    onPredict(await base64Of(blob));
  };
  return [file, (blob: Blob, name: string) => void ask(blob, name)] as const;
}

export type Ask = (blob: Blob, name: string) => void;
export type Asked = { name: string; url: string } | null;

interface FileInputProps {
  busy: boolean;
  asked: Asked;
  onAsk: Ask;
  accept: string;
  choose: string;
  chooseAnother: string;
  formats: string;
  shown: (url: string, name: string) => ReactNode;
  /** Other ways to come to a file. */
  children: ReactNode;
}

function FileInput({
  busy,
  asked,
  onAsk,
  accept,
  choose,
  chooseAnother,
  formats,
  shown,
  children,
}: FileInputProps) {
  const take = (file: File) => onAsk(file, file.name);
  return (
    <DropArea onFile={take}>
      <Group gap="md">
        {asked && shown(asked.url, asked.name)}
        <FileButton accept={accept} onChange={(file) => file && take(file)}>
          {(props) => (
            <Button {...props} variant="default" loading={busy}>
              {asked ? chooseAnother : choose}
            </Button>
          )}
        </FileButton>
        {children}
      </Group>
      <Text size="xs" c="dimmed" mt="xs">
        {formats}
      </Text>
    </DropArea>
  );
}

type SourceProps = Pick<FileInputProps, "busy" | "asked" | "onAsk" | "children">;

export function ImageFile(props: SourceProps) {
  return (
    <FileInput
      {...props}
      accept="image/png,image/jpeg"
      choose={t("tryModel.chooseImage")}
      chooseAnother={t("tryModel.anotherImage")}
      formats={t("tryModel.imageFormats")}
      shown={(url, name) => <Image src={url} alt={name} w={72} h={72} fit="contain" radius="sm" />}
    />
  );
}

export function RecordingFile(props: SourceProps) {
  return (
    <FileInput
      {...props}
      accept="audio/wav,audio/flac,audio/ogg,audio/mpeg"
      choose={t("tryModel.chooseRecording")}
      chooseAnother={t("tryModel.anotherRecording")}
      formats={t("tryModel.recordingFormats")}
      shown={(url, name) => <audio src={url} aria-label={name} controls />}
    />
  );
}
