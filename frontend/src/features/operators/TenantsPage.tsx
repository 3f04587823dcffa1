import { Anchor, Badge, Table, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { Link, useSearchParams } from "react-router";
import { paths } from "../../app/paths.ts";
import { Empty } from "../../components/Empty.tsx";
import { Money } from "../../components/Money.tsx";
import { Page } from "../../components/Page.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { formatDay } from "../../format/time.ts";
import { t } from "../../i18n/index.ts";
import { useTenants } from "./queries.ts";
import { TENANT_STATES } from "./tenantStates.ts";

/** Every organization with its balance; the search stands in the address. */
export function TenantsPage() {
  const [params, setParams] = useSearchParams();
  const search = params.get("search") ?? "";
  const [wanted] = useDebouncedValue(search, 250);
  const tenants = useTenants(wanted);
  return (
    <Page title={t("shell.tenants")}>
      <TextInput
        aria-label={t("operators.searchTenants")}
        placeholder={t("operators.searchTenants")}
        leftSection={<IconSearch size={16} aria-hidden />}
        maw={340}
        value={search}
        onChange={(event) =>
          setParams(event.currentTarget.value ? { search: event.currentTarget.value } : {}, { replace: true })
        }
      />
      <Section title={t("operators.organizations")} flush>
        <Rows query={tenants} empty={<Empty title={t("operators.noTenants")} />}>
          {(rows) => (
            <WideTable label={t("operators.organizations")} minWidth={640} highlightOnHover>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("operators.name")}</Table.Th>
                  <Table.Th>{t("operators.state")}</Table.Th>
                  <Table.Th className="number">{t("operators.available")}</Table.Th>
                  <Table.Th className="number">{t("operators.reserved")}</Table.Th>
                  <Table.Th className="number">{t("operators.spent")}</Table.Th>
                  <Table.Th>{t("operators.since")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map(({ id, name, state, wallet, created_at }) => (
                  <Table.Tr key={id}>
                    <Table.Td>
                      <Anchor component={Link} to={paths.tenant(id)} size="sm" fw={550}>
                        {name}
                      </Anchor>
                    </Table.Td>
                    <Table.Td>
                      <Badge color={TENANT_STATES[state].color}>{TENANT_STATES[state].label}</Badge>
                    </Table.Td>
                    {(["available", "held", "spent"] as const).map((field) => (
                      <Table.Td key={field} className="number">
                        <Money amount={wallet[field]} currency={wallet.currency} />
                      </Table.Td>
                    ))}
                    <Table.Td>{formatDay(created_at)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </WideTable>
          )}
        </Rows>
      </Section>
    </Page>
  );
}
