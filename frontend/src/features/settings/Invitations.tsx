import { Button, Code, CopyButton, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { At } from "../../components/At.tsx";
import { ActionsHeader } from "../../components/ActionsHeader.tsx";
import { type SubmitEvent, useState } from "react";
import { asProblem } from "../../api/problem.ts";
import { Empty } from "../../components/Empty.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { t } from "../../i18n/index.ts";
import { useMe } from "../../auth/me.ts";
import { type Role, roleMeaning, roleName } from "../../words/roles.ts";
import { roleChoices } from "./roleChoices.ts";
import {
  type Invitation,
  useInvitations,
  useInvite,
  useResendInvitation,
  useRevokeInvitation,
} from "./queries.ts";
import { LazySelect } from "../../components/LazySelect.tsx";

export function Invitations() {
  const invitations = useInvitations();
  return (
    <Section title={t("settings.invitations")}>
      <Stack gap="lg">
        <Invite />
        <Rows
          query={invitations}
          empty={<Empty title={t("settings.noInvitations")}>{t("settings.whatInvitationsAre")}</Empty>}
        >
          {(rows) => (
            <WideTable label={t("settings.invitations")} minWidth={560}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("settings.email")}</Table.Th>
                  <Table.Th>{t("settings.role")}</Table.Th>
                  <Table.Th>{t("settings.state")}</Table.Th>
                  <Table.Th>{t("settings.until")}</Table.Th>
                  <ActionsHeader label={t("settings.actions")} />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((invitation) => (
                  <InvitationRow key={invitation.id} invitation={invitation} />
                ))}
              </Table.Tbody>
            </WideTable>
          )}
        </Rows>
      </Stack>
    </Section>
  );
}

function Invite() {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("member");
  const invite = useInvite();
  const choices = roleChoices(useMe().data);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    invite.mutate({ email: email.trim(), role }, { onSuccess: () => setEmail("") });
  };
  const problem = invite.error ? asProblem(invite.error) : undefined;
  const link = invite.data?.link;
  return (
    <Stack gap="sm">
      {problem && !problem.field("email") && <ProblemAlert error={problem} />}
      <Group component="form" onSubmit={submit} align="flex-start" gap="sm">
        <TextInput
          label={t("settings.email")}
          type="email"
          required
          withAsterisk={false}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          error={problem?.field("email")}
          flex={1}
          miw={220}
        />
        <LazySelect
          label={t("settings.role")}
          description={roleMeaning(role)}
          inputWrapperOrder={["label", "input", "description"]}
          data={choices}
          value={role}
          onChange={(value) => value && setRole(value)}
          allowDeselect={false}
        />
        <Button type="submit" loading={invite.isPending} mt={{ base: 0, xs: 25 }}>
          {t("settings.invite")}
        </Button>
      </Group>
      {link && (
        <Group gap="xs" role="status">
          <Text size="sm">{t("settings.inviteSent")}</Text>
          <Code style={{ overflowWrap: "anywhere" }}>{link}</Code>
          <CopyButton value={link}>
            {({ copied, copy }) => (
              <Button size="compact-sm" variant="default" onClick={copy}>
                {copied ? t("common.copied") : t("common.copy")}
              </Button>
            )}
          </CopyButton>
        </Group>
      )}
    </Stack>
  );
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const revoke = useRevokeInvitation();
  const resend = useResendInvitation();
  return (
    <Table.Tr>
      <Table.Td>{invitation.email}</Table.Td>
      <Table.Td>{roleName(invitation.role)}</Table.Td>
      <Table.Td>{t(`settings.invitationStates.${invitation.state}`)}</Table.Td>
      <Table.Td>
        <At iso={invitation.expires_at} />
      </Table.Td>
      <Table.Td className="number">
        <Group gap={4} justify="flex-end" wrap="nowrap">
          {invitation.allowed_actions.includes("resend") && (
            <Button
              size="compact-sm"
              variant="default"
              loading={resend.isPending}
              onClick={() => resend.mutate(invitation.id)}
            >
              {resend.isSuccess ? t("settings.sentAgain") : t("settings.sendAgain")}
            </Button>
          )}
          {invitation.allowed_actions.includes("revoke") && (
            <Button
              size="compact-sm"
              variant="default"
              loading={revoke.isPending}
              onClick={() => revoke.mutate(invitation.id)}
            >
              {t("settings.takeBack")}
            </Button>
          )}
        </Group>
        {(revoke.error ?? resend.error) && <ProblemAlert error={revoke.error ?? resend.error} />}
      </Table.Td>
    </Table.Tr>
  );
}
