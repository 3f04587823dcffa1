import { Alert, Button, Code, CopyButton, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { type Role, roleMeaning, roleName, ROLES } from "../../words/roles.ts";
import { useCreateKey } from "./queries.ts";
import { t } from "../../i18n/index.ts";

/** A key never is an owner. */
const CHOICES = ROLES.filter((role) => role !== "owner").map((role) => ({
  value: role,
  label: t("settings.roleMeaning", { role: roleName(role), meaning: roleMeaning(role) }),
}));

export function NewKeyDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("member");
  const create = useCreateKey();
  const secret = create.data?.secret;

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    create.mutate({ name: name.trim(), role });
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={secret ? t("settings.yourNewKey") : t("settings.newApiKey")}
      centered
      closeOnClickOutside={!secret}
    >
      {secret ? (
        <Secret secret={secret} onClose={onClose} />
      ) : (
        <Stack component="form" onSubmit={submit} gap="md">
          {create.isError && <ProblemAlert error={create.error} />}
          <TextInput
            label={t("settings.name")}
            description={t("settings.whereItWillBe")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            required
            withAsterisk={false}
            maxLength={120}
            data-autofocus
          />
          <Select
            label={t("settings.role")}
            data={CHOICES}
            value={role}
            onChange={(value) => setRole(CHOICES.find((choice) => choice.value === value)?.value ?? role)}
            allowDeselect={false}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("settings.notNow")}
            </Button>
            <Button type="submit" loading={create.isPending}>
              {t("settings.createTheKey")}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Stack gap="md">
      <Alert color="yellow">
        <Text size="sm">{t("settings.thisIsTheOnly")}</Text>
      </Alert>
      <Code block style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
        {secret}
      </Code>
      <Group justify="flex-end" gap="xs">
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? t("common.copied") : t("common.copy")}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>{t("settings.iHaveKeptIt")}</Button>
      </Group>
    </Stack>
  );
}
