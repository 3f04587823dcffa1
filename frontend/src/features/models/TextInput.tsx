import { Button, Stack, Textarea } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { ExampleButton } from "./ExampleButton.tsx";
import type { InputProps } from "./TryModel.tsx";
import { t } from "../../i18n/index.ts";

export function TextInput({ model, busy, onPredict }: InputProps) {
  const [text, setText] = useState("");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onPredict(text);
  };
  return (
    <Stack component="form" onSubmit={submit} gap="md">
      <ExampleButton
        modelId={model.id}
        onExample={({ example }) => example.text !== null && setText(example.text)}
      />
      <Textarea
        label={t("tryModel.text")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        required
        withAsterisk={false}
        rows={4}
      />
      <Button type="submit" variant="default" loading={busy} w="fit-content">
        {t("tryModel.predict")}
      </Button>
    </Stack>
  );
}
