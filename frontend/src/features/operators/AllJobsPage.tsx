import { Group, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useSearchParams } from "react-router";
import { Page } from "../../components/Page.tsx";
import { Section } from "../../components/Section.tsx";
import { t } from "../../i18n/index.ts";
import { isJobState, JOB_STATES, STATE_WORDS } from "../../words/jobs.ts";
import { JobRows } from "./JobRows.tsx";
import { type JobFilter, useAllJobs, usePools, useTenant } from "./queries.ts";
import { LazySelect } from "../../components/LazySelect.tsx";

const STATES = JOB_STATES.map((state) => ({ value: state, label: STATE_WORDS[state].label }));

/** Jobs of every organization; what is looked for stands in the address. */
export function AllJobsPage() {
  const [params, setParams] = useSearchParams();
  const pools = usePools();
  const get = (name: string) => params.get(name) ?? "";
  const set = (name: string, value: string | null) => {
    const changed = new URLSearchParams(params);
    if (value) changed.set(name, value);
    else changed.delete(name);
    setParams(changed, { replace: true });
  };
  const [search] = useDebouncedValue(get("search"), 250);
  const jobs = useAllJobs(filterOf(params, search));
  return (
    <Page title={t("shell.allJobs")}>
      <Group gap="sm">
        <TextInput
          aria-label={t("operators.searchJobs")}
          placeholder={t("operators.searchJobs")}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={get("search")}
          onChange={(event) => set("search", event.currentTarget.value)}
          w={240}
        />
        <LazySelect
          aria-label={t("operators.state")}
          placeholder={t("operators.anyState")}
          data={STATES}
          value={get("state") || null}
          onChange={(value) => set("state", value)}
          clearable
          w={160}
        />
        <LazySelect
          aria-label={t("operators.pool")}
          placeholder={t("operators.anyPool")}
          data={pools.data?.map(({ name }) => name) ?? []}
          value={get("pool") || null}
          onChange={(value) => set("pool", value)}
          clearable
          w={160}
        />
        {get("organization") && (
          <OneTenant id={get("organization")} onClear={() => set("organization", null)} />
        )}
      </Group>
      <Section title={t("operators.jobs")} flush>
        <JobRows query={jobs} />
      </Section>
    </Page>
  );
}

function filterOf(params: URLSearchParams, search: string): JobFilter {
  const state = params.get("state") ?? "";
  const pool = params.get("pool");
  const organization = params.get("organization");
  return {
    ...(search ? { search } : {}),
    ...(isJobState(state) ? { state } : {}),
    ...(pool ? { pool } : {}),
    ...(organization ? { organization } : {}),
  };
}

/** The organization that the list is narrowed to, by its name. */
function OneTenant({ id, onClear }: { id: string; onClear: () => void }) {
  const tenant = useTenant(id);
  return (
    <LazySelect
      aria-label={t("operators.tenant")}
      data={[{ value: id, label: tenant.data?.name ?? id }]}
      value={id}
      onChange={(value) => {
        if (!value) onClear();
      }}
      clearable
      w={200}
    />
  );
}
