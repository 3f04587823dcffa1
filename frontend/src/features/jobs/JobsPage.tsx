import { Button, Card } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useCallback, useEffect, useMemo, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { paths } from "../../app/paths.ts";
import { useMay } from "../../auth/me.ts";
import { Empty } from "../../components/Empty.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { Page } from "../../components/Page.tsx";
import { t } from "../../i18n/index.ts";
import { BulkBar } from "./list/BulkBar.tsx";
import { JobTable } from "./list/JobTable.tsx";
import { useJobChanges, useJobTable } from "./list/queries.ts";
import { rememberView } from "./list/savedViews.ts";
import { Toolbar } from "./list/Toolbar.tsx";
import { type JobView, searchOf, viewOf } from "./list/view.ts";

const TYPING_MS = 250;

/** The view, at once as it is typed, and in the address a little later. */
function useView() {
  const [search, setSearch] = useSearchParams();
  const fromAddress = useMemo(() => viewOf(search), [search]);
  const [typed, setTyped] = useState<string | null>(null);
  const settle = useDebouncedCallback((view: JobView) => {
    setSearch(searchOf(view), { replace: true });
    setTyped(null);
  }, TYPING_MS);
  useEffect(() => rememberView(search.toString()), [search]);
  const change = useCallback(
    (changes: Partial<JobView>) => {
      const next = { ...fromAddress, ...(typed === null ? {} : { search: typed }), ...changes };
      if (changes.search === undefined) setSearch(searchOf(next), { replace: true });
      else {
        setTyped(changes.search);
        settle(next);
      }
    },
    [fromAddress, typed, setSearch, settle],
  );
  const open = (saved: string) => setSearch(new URLSearchParams(saved));
  return {
    view: fromAddress,
    shown: typed === null ? fromAddress : { ...fromAddress, search: typed },
    change,
    open,
  };
}

export function JobsPage() {
  const { view, shown, change, open } = useView();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const query = useJobTable(view);
  const pages = query.data?.pages;
  const jobs = useMemo(() => pages?.flatMap(({ data }) => data) ?? [], [pages]);
  useJobChanges(view, pages?.[0]?.as_of);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const onSort = useCallback((sort: string) => change({ sort }), [change]);
  const chosen = jobs.filter(({ id }) => selected.has(id));
  const narrowed = view.search !== "" || view.states.length > 0 || view.task !== "";

  return (
    <Page title={t("jobs.jobs")}>
      <Toolbar
        view={shown}
        jobs={jobs}
        total={pages?.[0]?.total ?? null}
        onChange={change}
        onOpen={({ search }) => open(search)}
      />
      {chosen.length > 0 && <BulkBar jobs={chosen} onClear={() => setSelected(new Set())} />}
      <Card padding={0}>
        <Loaded query={query}>
          {() =>
            jobs.length === 0 ? (
              <NoJobs narrowed={narrowed} />
            ) : (
              <JobTable
                jobs={jobs}
                columns={view.columns}
                sort={view.sort}
                selected={selected}
                selectable
                onSort={onSort}
                onSelect={setSelected}
                onEnd={onEnd}
              />
            )
          }
        </Loaded>
      </Card>
    </Page>
  );
}

function NoJobs({ narrowed }: { narrowed: boolean }) {
  const mayWrite = useMay("jobs.write");
  if (narrowed) return <Empty title={t("jobs.noJobIsLikeThis")} />;
  const newJob = mayWrite && (
    <Button component={Link} to={paths.newJob} mt="sm">
      {t("jobs.trainYourFirstModel")}
    </Button>
  );
  return (
    <Empty title={t("jobs.noJobsYet")} action={newJob}>
      {t("jobs.uploadATableOr")}
    </Empty>
  );
}
