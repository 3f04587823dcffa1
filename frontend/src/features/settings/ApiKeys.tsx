import { Badge, Button, Code, Group, Table, Text } from "@mantine/core";
import { ActionsHeader } from "../../components/ActionsHeader.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { Empty } from "../../components/Empty.tsx";
import { Ago } from "../../components/Moment.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { Money } from "../../components/Money.tsx";
import { formatDay } from "../../format/time.ts";
import { useWallet } from "../billing/queries.ts";
import { NewKeyDialog } from "./NewKeyDialog.tsx";
import { ShownOnce } from "../../components/ShownOnce.tsx";
import { scopeName } from "./scopes.ts";
import { roleName } from "../../words/roles.ts";
import { type ApiKey, useApiKeys, useRevokeKey, useRotateKey } from "./queries.ts";
import { t } from "../../i18n/index.ts";
import { LazyModal } from "../../components/LazyModal.tsx";

export function ApiKeys() {
  const keys = useApiKeys();
  const [creating, dialog] = useDisclosure(false);
  const rotate = useRotateKey();
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
          <WideTable label={t("settings.apiKeys")} minWidth={900}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("settings.name")}</Table.Th>
                <Table.Th>{t("settings.beginsWith")}</Table.Th>
                <Table.Th>{t("settings.role")}</Table.Th>
                <Table.Th>{t("settings.scopes")}</Table.Th>
                <Table.Th className="number">{t("settings.monthlyCap")}</Table.Th>
                <Table.Th>{t("settings.expires")}</Table.Th>
                <Table.Th>{t("settings.lastUsed")}</Table.Th>
                <ActionsHeader label={t("settings.actions")} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((key) => (
                <KeyRow
                  key={key.id}
                  apiKey={key}
                  onRevoke={() => setRevoking(key)}
                  onRotate={() => rotate.mutate(key.id)}
                />
              ))}
            </Table.Tbody>
          </WideTable>
        )}
      </Rows>
      {creating && <NewKeyDialog onClose={dialog.close} />}
      {rotate.isError && <ProblemAlert error={rotate.error} />}
      {rotate.data?.secret && (
        <LazyModal
          opened
          onClose={rotate.reset}
          title={t("settings.yourNewKey")}
          centered
          closeOnClickOutside={false}
        >
          <Text size="sm" mb="md">
            {t("settings.oldKeyForAnHour")}
          </Text>
          <ShownOnce secret={rotate.data.secret} onClose={rotate.reset}>
            {t("settings.thisIsTheOnly")}
          </ShownOnce>
        </LazyModal>
      )}
      {revoking && <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} />}
    </Section>
  );
}

interface RowProps {
  apiKey: ApiKey;
  onRevoke: () => void;
  onRotate: () => void;
}

function KeyRow({ apiKey, onRevoke, onRotate }: RowProps) {
  const currency = useWallet().data?.currency;
  return (
    <Table.Tr>
      <Table.Td>{apiKey.name}</Table.Td>
      <Table.Td>
        <Code>{apiKey.prefix}…</Code>
      </Table.Td>
      <Table.Td>{roleName(apiKey.role)}</Table.Td>
      <Table.Td className="wrap">
        {apiKey.scopes ? apiKey.scopes.map(scopeName).join(", ") : t("settings.allOfItsRole")}
      </Table.Td>
      <Table.Td className="number">
        {apiKey.monthly_cap && currency ? (
          <Money amount={apiKey.monthly_cap} currency={currency} />
        ) : (
          (apiKey.monthly_cap ?? "–")
        )}
      </Table.Td>
      <Table.Td>{apiKey.expires_at ? formatDay(apiKey.expires_at) : t("settings.never")}</Table.Td>
      <Table.Td>{apiKey.last_used_at ? <Ago iso={apiKey.last_used_at} /> : t("settings.never")}</Table.Td>
      <Table.Td className="number">
        {apiKey.revoked_at && <Badge color="gray">{t("settings.revoked")}</Badge>}
        <Group gap={4} justify="flex-end" wrap="nowrap">
          {apiKey.allowed_actions.includes("rotate") && (
            <Button
              size="compact-sm"
              variant="default"
              onClick={onRotate}
              aria-label={t("settings.rotateNamed", { name: apiKey.name })}
            >
              {t("settings.rotate")}
            </Button>
          )}
          {apiKey.allowed_actions.includes("revoke") && (
            <Button
              size="compact-sm"
              variant="default"
              onClick={onRevoke}
              aria-label={t("settings.revoke2", { name: apiKey.name })}
            >
              {t("settings.revoke")}
            </Button>
          )}
        </Group>
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
