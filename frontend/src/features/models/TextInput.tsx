import { Button, Stack, Textarea } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import type { InputProps } from "./TryModel.tsx";

export function TextInput({ busy, onPredict }: InputProps) {
  const [text, setText] = useState("");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onPredict(text);
  };
  return (
    <Stack component="form" onSubmit={submit} gap="md">
      <Textarea
        label="Text"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        required
        withAsterisk={false}
        rows={4}
      />
      <Button type="submit" variant="default" loading={busy} w="fit-content">
        Predict
      </Button>
    </Stack>
  );
}
