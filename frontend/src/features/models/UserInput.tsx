import { Button, Group, Stack, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import type { InputProps } from "./TryModel.tsx";
import { t } from "../../i18n/index.ts";

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
          label={t("tryModel.user")}
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
          required
          withAsterisk={false}
        />
        <TextInput
          label={t("tryModel.item")}
          description={t("tryModel.toLearnItsRating")}
          inputWrapperOrder={["label", "input", "description"]}
          value={item}
          onChange={(event) => setItem(event.currentTarget.value)}
        />
      </Group>
      <Button type="submit" variant="default" loading={busy} w="fit-content">
        {t("tryModel.predict")}
      </Button>
    </Stack>
  );
}
