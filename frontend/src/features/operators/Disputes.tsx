import { typedMoney } from "../../format/money.ts";
import { Anchor, Button, Group, Stack, Table, Text, Textarea, TextInput } from "@mantine/core";
import { ActionsHeader } from "../../components/ActionsHeader.tsx";
import { useState } from "react";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { Empty } from "../../components/Empty.tsx";
import { Ago } from "../../components/Moment.tsx";
import { Money } from "../../components/Money.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { knownText, t } from "../../i18n/index.ts";
import { type Dispute, useDecideDispute, useDisputes } from "./queries.ts";
import { LazyModal } from "../../components/LazyModal.tsx";

/** Lines of invoices that an organization thinks wrong. */
export function Disputes() {
  const disputes = useDisputes();
  const [deciding, setDeciding] = useState<Dispute | null>(null);
  return (
    <Section title={t("operators.disputes")} flush>
      <Rows query={disputes} empty={<Empty title={t("operators.noDisputes")} />}>
        {(rows) => (
          <WideTable label={t("operators.disputes")} minWidth={860}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("operators.tenant")}</Table.Th>
                <Table.Th>{t("operators.disputedLine")}</Table.Th>
                <Table.Th>{t("operators.reason")}</Table.Th>
                <Table.Th>{t("operators.state")}</Table.Th>
                <Table.Th className="number">{t("operators.amount")}</Table.Th>
                <Table.Th>{t("operators.created")}</Table.Th>
                <ActionsHeader label={t("operators.actions")} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((dispute) => (
                <Table.Tr key={dispute.id}>
                  <Table.Td>
                    <Anchor component={Link} to={paths.tenant(dispute.organization_id)} size="sm">
                      {dispute.organization}
                    </Anchor>
                  </Table.Td>
                  <Table.Td className="wrap">
                    <About dispute={dispute} />
                  </Table.Td>
                  <Table.Td className="wrap">{dispute.reason}</Table.Td>
                  <Table.Td className="wrap">
                    <div>
                      {knownText(`operators.disputeStates.${dispute.state}`) ?? dispute.state}
                      <Text size="xs" c="dimmed">
                        {dispute.decision}
                      </Text>
                    </div>
                  </Table.Td>
                  <Table.Td className="number">
                    <Money amount={dispute.amount} currency={dispute.currency} />
                  </Table.Td>
                  <Table.Td>
                    <Ago iso={dispute.created_at} />
                  </Table.Td>
                  <Table.Td className="number">
                    {dispute.allowed_actions.length > 0 && (
                      <Button size="compact-sm" variant="default" onClick={() => setDeciding(dispute)}>
                        {t("operators.decide")}
                      </Button>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </WideTable>
        )}
      </Rows>
      {deciding && <DecideDialog dispute={deciding} onClose={() => setDeciding(null)} />}
    </Section>
  );
}

/** The line that is contested, by its invoice. */
function About({ dispute }: { dispute: Dispute }) {
  return (
    <div>
      {dispute.invoice_number}
      <Text size="xs" c="dimmed">
        {dispute.line_description}
      </Text>
    </div>
  );
}

function DecideDialog({ dispute, onClose }: { dispute: Dispute; onClose: () => void }) {
  const [decision, setDecision] = useState("");
  const [amount, setAmount] = useState(dispute.amount);
  const decide = useDecideDispute();
  const say = (approve: boolean) =>
    decide.mutate(
      { id: dispute.id, approve, decision: decision.trim(), amount: typedMoney(amount) },
      { onSuccess: onClose },
    );
  return (
    <LazyModal
      opened
      onClose={onClose}
      title={t("operators.decideOn", { name: dispute.organization })}
      centered
    >
      <Stack gap="md">
        {decide.isError && <ProblemAlert error={decide.error} />}
        <About dispute={dispute} />
        <Text size="sm">{dispute.reason}</Text>
        <TextInput
          label={t("operators.amountIn", { currency: dispute.currency })}
          description={t("operators.disputedAmount")}
          inputMode="decimal"
          value={amount}
          onChange={(event) => setAmount(event.currentTarget.value)}
        />
        <Textarea
          label={t("operators.decision")}
          description={t("operators.neededToReject")}
          maxLength={1000}
          value={decision}
          onChange={(event) => setDecision(event.currentTarget.value)}
          data-autofocus
        />
        <Group justify="flex-end" gap="xs">
          <Button
            variant="default"
            loading={decide.isPending}
            disabled={!decision.trim()}
            onClick={() => say(false)}
          >
            {t("operators.reject")}
          </Button>
          <Button loading={decide.isPending} onClick={() => say(true)}>
            {t("operators.approve")}
          </Button>
        </Group>
      </Stack>
    </LazyModal>
  );
}
