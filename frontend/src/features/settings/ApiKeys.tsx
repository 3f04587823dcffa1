import { Badge, Button, Code, Table, Text, VisuallyHidden } from "@mantine/core";
import { WideTable } from "../../components/WideTable.tsx";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { Empty } from "../../components/Empty.tsx";
import { Ago } from "../../components/Moment.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { NewKeyDialog } from "./NewKeyDialog.tsx";
import { roleName } from "../../words/roles.ts";
import { type ApiKey, useApiKeys, useRevokeKey } from "./queries.ts";
import { t } from "../../i18n/index.ts";

export function ApiKeys() {
  const keys = useApiKeys();
  const [creating, dialog] = useDisclosure(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  return (
    <Section
      title={t("settings.apiKeys")}
      flush
      aside={
        <Button size="xs" onClick={dialog.open}>
          {t("settings.newKey")}
        </Button>
      }
    >
      <Rows
        query={keys}
        empty={<Empty title={t("settings.noKeysYet")}>{t("settings.scriptsTheCommandLine")}</Empty>}
      >
        {(rows) => (
          <WideTable label={t("settings.apiKeys")} minWidth={680}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("settings.name")}</Table.Th>
                <Table.Th>{t("settings.beginsWith")}</Table.Th>
                <Table.Th>{t("settings.role")}</Table.Th>
                <Table.Th>{t("settings.created")}</Table.Th>
                <Table.Th>{t("settings.lastUsed")}</Table.Th>
                <Table.Th>
                  <VisuallyHidden>{t("settings.actions")}</VisuallyHidden>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((key) => (
                <KeyRow key={key.id} apiKey={key} onRevoke={() => setRevoking(key)} />
              ))}
            </Table.Tbody>
          </WideTable>
        )}
      </Rows>
      {creating && <NewKeyDialog onClose={dialog.close} />}
      {revoking && <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} />}
    </Section>
  );
}

function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  return (
    <Table.Tr>
      <Table.Td>{apiKey.name}</Table.Td>
      <Table.Td>
        <Code>{apiKey.prefix}…</Code>
      </Table.Td>
      <Table.Td>{roleName(apiKey.role)}</Table.Td>
      <Table.Td>
        <Ago iso={apiKey.created_at} />
      </Table.Td>
      <Table.Td>{apiKey.last_used_at ? <Ago iso={apiKey.last_used_at} /> : "never"}</Table.Td>
      <Table.Td className="number">
        {apiKey.revoked_at ? (
          <Badge color="gray">{t("settings.revoked")}</Badge>
        ) : (
          <Button
            size="compact-sm"
            variant="default"
            onClick={onRevoke}
            aria-label={t("settings.revoke2", { name: apiKey.name })}
          >
            {t("settings.revoke")}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const revoke = useRevokeKey();
  return (
    <ConfirmDialog
      title={t("settings.revoke3", { name: apiKey.name })}
      confirm={t("settings.revokeTheKey")}
      busy={revoke.isPending}
      onClose={onClose}
      onConfirm={() => revoke.mutate(apiKey.id, { onSuccess: onClose })}
    >
      <Text size="sm">{t("settings.whateverUsesThisKey")}</Text>
      {revoke.isError && <ProblemAlert error={revoke.error} />}
    </ConfirmDialog>
  );
}
