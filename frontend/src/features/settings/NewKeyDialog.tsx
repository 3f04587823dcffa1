import { Alert, Button, Code, CopyButton, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { type Role, useCreateKey } from "./queries.ts";

const ROLES: { value: Role; label: string }[] = [
  { value: "member", label: "Member: data, jobs and models" },
  { value: "viewer", label: "Viewer: read only" },
  { value: "billing", label: "Billing: wallet and bills" },
  { value: "admin", label: "Admin: everything but ownership" },
];

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
      title={secret ? "Your new key" : "New API key"}
      centered
      closeOnClickOutside={!secret}
    >
      {secret ? (
        <Secret secret={secret} onClose={onClose} />
      ) : (
        <Stack component="form" onSubmit={submit} gap="md">
          {create.isError && <ProblemAlert error={create.error} />}
          <TextInput
            label="Name"
            description="Where it will be used, so that you know what breaks without it"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            required
            withAsterisk={false}
            maxLength={120}
            data-autofocus
          />
          <Select
            label="Role"
            data={ROLES}
            value={role}
            onChange={(value) => setRole(ROLES.find((choice) => choice.value === value)?.value ?? role)}
            allowDeselect={false}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Not now
            </Button>
            <Button type="submit" loading={create.isPending}>
              Create the key
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
        <Text size="sm">This is the only time the key is shown. Keep it like a password.</Text>
      </Alert>
      <Code block style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
        {secret}
      </Code>
      <Group justify="flex-end" gap="xs">
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>I have kept it</Button>
      </Group>
    </Stack>
  );
}
