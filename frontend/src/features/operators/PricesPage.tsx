import { Badge, Button, Checkbox, Group, Stack, Table, TextInput } from "@mantine/core";
import { At } from "../../components/At.tsx";
import { type SubmitEvent, useState } from "react";
import { asProblem } from "../../api/problem.ts";
import { Empty } from "../../components/Empty.tsx";
import { Page } from "../../components/Page.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { typedMoney } from "../../format/money.ts";
import { t } from "../../i18n/index.ts";
import { type ListPrice, usePools, usePriceList, useSetPrice } from "./queries.ts";
import { LazySelect } from "../../components/LazySelect.tsx";

/** Every list price that ruled, rules or will; none of them ever changes. */
export function PricesPage() {
  const prices = usePriceList();
  return (
    <Page title={t("shell.prices")}>
      <NewPrice />
      <Section title={t("operators.priceList")} flush>
        <Rows query={prices} empty={<Empty title={t("operators.noPrices")} />}>
          {(rows) => (
            <WideTable label={t("operators.priceList")} minWidth={680}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("operators.pool")}</Table.Th>
                  <Table.Th>{t("operators.kind")}</Table.Th>
                  <Table.Th className="number">{t("operators.perSlotSecond")}</Table.Th>
                  <Table.Th className="number">{t("operators.perSlotHour")}</Table.Th>
                  <Table.Th>{t("operators.from")}</Table.Th>
                  <Table.Th>{t("operators.state")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((price) => (
                  <PriceRow key={price.id} price={price} standing={standingOf(price, rows)} />
                ))}
              </Table.Tbody>
            </WideTable>
          )}
        </Rows>
      </Section>
    </Page>
  );
}

const STANDINGS = {
  rules: { label: t("operators.rules"), color: "green" },
  upcoming: { label: t("operators.upcoming"), color: "blue" },
  past: { label: t("operators.past"), color: "gray" },
} as const;

/** Of one pool, kind and currency, the newest price that has begun rules. */
function standingOf(price: ListPrice, all: ListPrice[]): keyof typeof STANDINGS {
  const now = Date.now();
  if (Date.parse(price.effective_from) > now) return "upcoming";
  const later = all.some(
    (other) =>
      other.pool_id === price.pool_id &&
      other.preemptible === price.preemptible &&
      other.currency === price.currency &&
      Date.parse(other.effective_from) <= now &&
      Date.parse(other.effective_from) > Date.parse(price.effective_from),
  );
  return later ? "past" : "rules";
}

function PriceRow({ price, standing }: { price: ListPrice; standing: keyof typeof STANDINGS }) {
  const { label, color } = STANDINGS[standing];
  return (
    <Table.Tr>
      <Table.Td>{price.pool}</Table.Td>
      <Table.Td>{price.preemptible ? t("operators.preemptible") : t("operators.onDemand")}</Table.Td>
      <Table.Td className="number">
        {price.per_slot_second} {price.currency}
      </Table.Td>
      <Table.Td className="number">
        {perHour(price.per_slot_second)} {price.currency}
      </Table.Td>
      <Table.Td>
        <At iso={price.effective_from} />
      </Table.Td>
      <Table.Td>
        <Badge color={color}>{label}</Badge>
      </Table.Td>
    </Table.Tr>
  );
}

/** Exactly: nine decimals times 3,600, as whole billionths. */
function perHour(perSecond: string): string {
  const billionths = BigInt(perSecond.replace(".", "")) * 3600n;
  const digits = billionths.toString().padStart(10, "0");
  return `${digits.slice(0, -9)}.${digits.slice(-9).replace(/0{1,7}$/, "")}`;
}

function NewPrice() {
  const pools = usePools();
  const set = useSetPrice();
  const [pool, setPool] = useState<string | null>(null);
  const [price, setPrice] = useState("");
  const [from, setFrom] = useState("");
  const [preemptible, setPreemptible] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!pool) return;
    const effective_from = from ? new Date(from).toISOString() : null;
    const body = { pool, per_slot_second: typedMoney(price), preemptible, effective_from };
    set.mutate(body, { onSuccess: () => setPrice("") });
  };
  const problem = set.error ? asProblem(set.error) : undefined;
  const onFields = ["per_slot_second", "effective_from"].some((field) => problem?.field(field));
  return (
    <Section title={t("operators.newPrice")}>
      <Stack component="form" onSubmit={submit} gap="sm">
        {problem && !onFields && <ProblemAlert error={problem} />}
        <Group gap="sm" align="flex-start">
          <LazySelect
            label={t("operators.pool")}
            data={pools.data?.map(({ name }) => name) ?? []}
            value={pool}
            onChange={setPool}
            required
            withAsterisk={false}
            w={{ base: "100%", xs: 160 }}
          />
          <TextInput
            label={t("operators.perSlotSecond")}
            inputMode="decimal"
            required
            withAsterisk={false}
            value={price}
            onChange={(event) => setPrice(event.currentTarget.value)}
            error={problem?.field("per_slot_second")}
            w={{ base: "100%", xs: 160 }}
          />
          <TextInput
            type="datetime-local"
            label={t("operators.from")}
            description={t("operators.fromHelp")}
            inputWrapperOrder={["label", "input", "description", "error"]}
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
            error={problem?.field("effective_from")}
            w={{ base: "100%", xs: "auto" }}
          />
          <Checkbox
            mt={{ base: 0, xs: 32 }}
            label={t("operators.forPreemptible")}
            checked={preemptible}
            onChange={(event) => setPreemptible(event.currentTarget.checked)}
          />
          <Button type="submit" mt={{ base: 0, xs: 25 }} loading={set.isPending}>
            {t("operators.setPrice")}
          </Button>
        </Group>
      </Stack>
    </Section>
  );
}
