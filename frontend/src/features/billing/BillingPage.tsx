import { Card, SimpleGrid, Tabs, Text } from "@mantine/core";
import { Loaded } from "../../components/Loaded.tsx";
import { Money } from "../../components/Money.tsx";
import { Page } from "../../components/Page.tsx";
import { LedgerTable } from "./LedgerTable.tsx";
import { useWallet, type Wallet } from "./queries.ts";
import { UsageTable } from "./UsageTable.tsx";

const FIGURES: { key: "available" | "held" | "spent"; label: string; note: string }[] = [
  { key: "available", label: "Available", note: "May be spent on new jobs" },
  { key: "held", label: "Reserved", note: "Held for jobs up to their caps; what is not used comes back" },
  { key: "spent", label: "Spent", note: "Billed for kept work so far" },
];

export function BillingPage() {
  const wallet = useWallet();
  return (
    <Page title="Billing">
      <Loaded query={wallet}>{(found) => <Figures wallet={found} />}</Loaded>
      <Card padding={0}>
        <Tabs defaultValue="usage" keepMounted={false}>
          <Tabs.List px="sm">
            <Tabs.Tab value="usage">Usage</Tabs.Tab>
            <Tabs.Tab value="ledger">Ledger</Tabs.Tab>
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
