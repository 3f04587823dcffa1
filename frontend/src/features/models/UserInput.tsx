import { Button, Group, Stack, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import type { InputProps } from "./TryModel.tsx";

/** A user, and, of a model of ratings, an item that the user may rate; without an item the best ones are answered. */
export function UserInput({ busy, onPredict }: InputProps) {
  const [user, setUser] = useState("");
  const [item, setItem] = useState("");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onPredict(item ? { user, item } : { user });
  };
  return (
    <Stack component="form" onSubmit={submit} gap="md">
      <Group gap="md" grow align="start">
        <TextInput
          label="User"
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
          required
          withAsterisk={false}
        />
        <TextInput
          label="Item"
          description="To learn its rating; leave it empty for the best items"
          inputWrapperOrder={["label", "input", "description"]}
          value={item}
          onChange={(event) => setItem(event.currentTarget.value)}
        />
      </Group>
      <Button type="submit" variant="default" loading={busy} w="fit-content">
        Predict
      </Button>
    </Stack>
  );
}
