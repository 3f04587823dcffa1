import { Anchor, Badge, Button, Code, SimpleGrid, Stack } from "@mantine/core";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { paths } from "../../app/paths.ts";
import { Fact } from "../../components/Fact.tsx";
import { LoadedPage } from "../../components/LoadedPage.tsx";
import { Money } from "../../components/Money.tsx";
import { Page } from "../../components/Page.tsx";
import { Section } from "../../components/Section.tsx";
import { formatMoment } from "../../format/time.ts";
import { t } from "../../i18n/index.ts";
import { CreditDialog, LookDialog, SuspendDialog } from "./TenantDialogs.tsx";
import { type Tenant, useAllJobs, useTenant } from "./queries.ts";
import { JobRows } from "./JobRows.tsx";
import { Quotas } from "./Quotas.tsx";
import { TENANT_STATES } from "./tenantStates.ts";
import { TenantPlan } from "./TenantPlan.tsx";

type Dialog = "credit" | "look" | "suspend" | null;

/** One organization: its money, what it may have of each pool, and what it trains. */
export function TenantPage() {
  const { organizationId = "" } = useParams();
  const tenant = useTenant(organizationId);
  return (
    <LoadedPage
      query={tenant}
      kind={t("operators.tenant")}
      list={{ to: paths.tenants, label: t("shell.tenants") }}
    >
      {(found) => <TenantScreen tenant={found} />}
    </LoadedPage>
  );
}

function TenantScreen({ tenant }: { tenant: Tenant }) {
  const [dialog, setDialog] = useState<Dialog>(null);
  const close = () => setDialog(null);
  const { label, color } = TENANT_STATES[tenant.state];
  return (
    <Page
      title={tenant.name}
      aside={<Badge color={color}>{label}</Badge>}
      actions={
        <>
          <Button size="sm" onClick={() => setDialog("look")}>
            {t("operators.look")}
          </Button>
          <Button size="sm" variant="default" onClick={() => setDialog("credit")}>
            {t("operators.giveCredit")}
          </Button>
          {tenant.allowed_actions.length > 0 && (
            <Button size="sm" variant="default" onClick={() => setDialog("suspend")}>
              {tenant.allowed_actions.includes("suspend")
                ? t("operators.suspend")
                : t("operators.reactivate")}
            </Button>
          )}
        </>
      }
    >
      <Balance tenant={tenant} />
      <TenantPlan organization={tenant.id} />
      <Quotas organization={tenant.id} />
      <TenantJobs organization={tenant.id} />
      {dialog === "look" && <LookDialog tenant={tenant} onClose={close} />}
      {dialog === "credit" && <CreditDialog tenant={tenant} onClose={close} />}
      {dialog === "suspend" && <SuspendDialog tenant={tenant} onClose={close} />}
    </Page>
  );
}

function Balance({ tenant: { id, wallet, created_at } }: { tenant: Tenant }) {
  const amounts = [
    { label: t("operators.available"), amount: wallet.available },
    { label: t("operators.reserved"), amount: wallet.held },
    { label: t("operators.spent"), amount: wallet.spent },
    { label: t("operators.paidCredit"), amount: wallet.paid },
    { label: t("operators.promotionalCredit"), amount: wallet.promotional },
    { label: t("operators.owed"), amount: wallet.owed },
    { label: t("operators.creditLimit"), amount: wallet.credit_limit },
  ];
  return (
    <Section title={t("operators.balance")}>
      <SimpleGrid component="dl" m={0} cols={{ base: 2, sm: 4 }} spacing="lg">
        {amounts.map(({ label, amount }) => (
          <Fact key={label} label={label}>
            <Money amount={amount} currency={wallet.currency} />
          </Fact>
        ))}
        <Fact label={t("operators.id")} note={t("operators.sinceDay", { when: formatMoment(created_at) })}>
          <Code>{id}</Code>
        </Fact>
      </SimpleGrid>
    </Section>
  );
}

function TenantJobs({ organization }: { organization: string }) {
  const jobs = useAllJobs({ organization });
  return (
    <Section
      title={t("operators.jobs")}
      flush
      aside={
        <Anchor component={Link} to={paths.allJobsOf(organization)} size="sm">
          {t("operators.allOfThem")}
        </Anchor>
      }
    >
      <Stack gap={0}>
        <JobRows query={jobs} withTenant={false} />
      </Stack>
    </Section>
  );
}
