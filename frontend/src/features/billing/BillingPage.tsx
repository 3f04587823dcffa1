import { Card, SimpleGrid, Tabs, Text } from "@mantine/core";
import { Loaded } from "../../components/Loaded.tsx";
import { Money } from "../../components/Money.tsx";
import { Page } from "../../components/Page.tsx";
import { LedgerTable } from "./LedgerTable.tsx";
import { useWallet, type Wallet } from "./queries.ts";
import { UsageTable } from "./UsageTable.tsx";
import { t } from "../../i18n/index.ts";

const FIGURES: { key: "available" | "held" | "spent"; label: string; note: string }[] = [
  { key: "available", label: t("billing.available"), note: t("billing.mayBeSpentOn") },
  { key: "held", label: t("billing.reserved"), note: t("billing.heldForJobsUp") },
  { key: "spent", label: t("billing.spent"), note: t("billing.billedForKeptWork") },
];

export function BillingPage() {
  const wallet = useWallet();
  return (
    <Page title={t("billing.billing")}>
      <Loaded query={wallet}>{(found) => <Figures wallet={found} />}</Loaded>
      <Card padding={0}>
        <Tabs defaultValue="usage" keepMounted={false}>
          <Tabs.List px="sm">
            <Tabs.Tab value="usage">{t("billing.usage")}</Tabs.Tab>
            <Tabs.Tab value="ledger">{t("billing.ledger")}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="usage">
            <UsageTable />
          </Tabs.Panel>
          <Tabs.Panel value="ledger">
            <LedgerTable />
          </Tabs.Panel>
        </Tabs>
      </Card>
    </Page>
  );
}

function Figures({ wallet }: { wallet: Wallet }) {
  return (
    <SimpleGrid component="dl" m={0} cols={{ base: 1, xs: 3 }} spacing="lg">
      {FIGURES.map(({ key, label, note }) => (
        <Card key={key}>
          <dt className="label">{label}</dt>
          <Text component="dd" m={0} fz={24} fw={600} lh={1.4}>
            <Money amount={wallet[key]} currency={wallet.currency} />
          </Text>
          <Text component="dd" m={0} size="xs" c="dimmed">
            {note}
          </Text>
        </Card>
      ))}
    </SimpleGrid>
  );
}
