import { Badge, Button, Stack, Table, Text } from "@mantine/core";
import { ActionsHeader } from "../../components/ActionsHeader.tsx";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { useMay, useMe } from "../../auth/me.ts";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { Empty } from "../../components/Empty.tsx";
import { Ago } from "../../components/Moment.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { t } from "../../i18n/index.ts";
import { roleName } from "../../words/roles.ts";
import { roleChoices } from "./roleChoices.ts";
import { Invitations } from "./Invitations.tsx";
import { type Member, useChangeMember, useMembers, useRemoveMember } from "./queries.ts";
import { LazySelect } from "../../components/LazySelect.tsx";

export function Members() {
  const members = useMembers();
  const mayManage = useMay("organization.manage");
  return (
    <Stack gap="lg">
      <Section title={t("settings.members")} flush>
        <Rows query={members} empty={<Empty title={t("settings.nobody")} />}>
          {(rows) => (
            <WideTable label={t("settings.members")} minWidth={600}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("settings.name")}</Table.Th>
                  <Table.Th>{t("settings.email")}</Table.Th>
                  <Table.Th w={180}>{t("settings.role")}</Table.Th>
                  <Table.Th>{t("settings.since")}</Table.Th>
                  <ActionsHeader label={t("settings.actions")} />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((member) => (
                  <MemberRow key={member.id} member={member} />
                ))}
              </Table.Tbody>
            </WideTable>
          )}
        </Rows>
      </Section>
      {mayManage && <Invitations />}
    </Stack>
  );
}

function MemberRow({ member }: { member: Member }) {
  const me = useMe().data;
  const change = useChangeMember();
  const isMe = me?.id === member.user_id;
  return (
    <Table.Tr>
      <Table.Td>
        {member.name || member.email} {isMe && <Badge color="gray">{t("settings.you")}</Badge>}
      </Table.Td>
      <Table.Td>{member.email}</Table.Td>
      <Table.Td>
        {member.allowed_actions.includes("change_role") ? (
          <>
            <LazySelect
              aria-label={t("settings.roleOf", { email: member.email })}
              size="xs"
              data={roleChoices(me)}
              value={member.role}
              onChange={(role) => role && change.mutate({ id: member.id, role: role })}
              allowDeselect={false}
              disabled={change.isPending}
            />
            {change.isError && <ProblemAlert error={change.error} />}
          </>
        ) : (
          roleName(member.role)
        )}
      </Table.Td>
      <Table.Td>
        <Ago iso={member.created_at} />
      </Table.Td>
      <Table.Td className="number">
        {member.allowed_actions.includes("remove") && <Remove member={member} />}
      </Table.Td>
    </Table.Tr>
  );
}

function Remove({ member }: { member: Member }) {
  const [asking, question] = useDisclosure(false);
  const remove = useRemoveMember();
  const [name] = useState(member.name || member.email);
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        onClick={question.open}
        aria-label={t("settings.removeNamed", { name })}
      >
        {t("settings.remove")}
      </Button>
      {asking && (
        <ConfirmDialog
          title={t("settings.removeQuestion", { name })}
          confirm={t("settings.remove")}
          busy={remove.isPending}
          onClose={question.close}
          onConfirm={() => remove.mutate(member.id, { onSuccess: question.close })}
        >
          <Text size="sm">{t("settings.whatRemovingDoes")}</Text>
          {remove.isError && <ProblemAlert error={remove.error} />}
        </ConfirmDialog>
      )}
    </>
  );
}
