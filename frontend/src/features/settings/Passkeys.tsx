import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { At } from "../../components/At.tsx";
import { type SubmitEvent, useState } from "react";
import { addPasskey, type Authenticator, removePasskey } from "../../api/account.ts";
import { Loaded } from "../../components/Loaded.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Section } from "../../components/Section.tsx";
import { t } from "../../i18n/index.ts";
import { useAuthenticators, useReadAnew } from "./authenticators.ts";
import { useConfirmed } from "./useConfirmed.tsx";

export function Passkeys() {
  const found = useAuthenticators();
  const readAnew = useReadAnew();
  const [name, setName] = useState("");
  const add = useConfirmed(addPasskey, () => {
    setName("");
    readAnew();
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    add.run(name.trim());
  };
  return (
    <Section title={t("settings.passkeys")}>
      <Stack gap="md">
        <Text size="sm">{t("settings.whatPasskeysAre")}</Text>
        <Loaded query={found}>
          {(all) =>
            all.filter(({ type }) => type === "webauthn").map((key) => <Key key={key.id} passkey={key} />)
          }
        </Loaded>
        {add.refused && <ProblemAlert error={add.refused} />}
        {add.dialog}
        <Group component="form" onSubmit={submit} align="flex-end" gap="sm">
          <TextInput
            label={t("settings.nameOfDevice")}
            required
            withAsterisk={false}
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" loading={add.busy}>
            {t("settings.addPasskey")}
          </Button>
        </Group>
      </Stack>
    </Section>
  );
}

function Key({ passkey }: { passkey: Authenticator }) {
  const readAnew = useReadAnew();
  const remove = useConfirmed(removePasskey, readAnew);
  const { id, name = "" } = passkey;
  return (
    <Group justify="space-between" gap="sm">
      <Text size="sm" fw={550}>
        {name}{" "}
        <Text span size="xs" c="dimmed">
          <At iso={new Date(passkey.created_at * 1000).toISOString()} />
        </Text>
      </Text>
      <Button
        size="compact-sm"
        variant="default"
        loading={remove.busy}
        onClick={() => id !== undefined && remove.run(id)}
        aria-label={t("settings.removeNamed", { name })}
      >
        {t("settings.remove")}
      </Button>
      {remove.refused && <ProblemAlert error={remove.refused} />}
      {remove.dialog}
    </Group>
  );
}
