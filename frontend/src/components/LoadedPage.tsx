import { Button } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { asProblem } from "../api/problem.ts";
import { t } from "../i18n/index.ts";
import { Empty } from "./Empty.tsx";
import { Loaded } from "./Loaded.tsx";
import { Page } from "./Page.tsx";

interface Props<Data> {
  query: UseQueryResult<Data>;
  /** What it is, such as "Dataset": the page's name until the thing's own is known. */
  kind: string;
  /** Where the others of its kind are. */
  list: { to: string; label: string };
  children: (data: Data) => ReactNode;
}

/** The screen of one thing: it has a heading from the start, and leads back where there is no such thing. */
export function LoadedPage<Data>({ query, kind, list, children }: Props<Data>) {
  if (query.data !== undefined) return <Loaded query={query}>{children}</Loaded>;
  return (
    <Page title={kind}>
      {query.isError && asProblem(query.error).status === 404 ? (
        <Empty
          title={t("shell.thereIsNothingAt")}
          action={
            <Button component={Link} to={list.to} variant="default">
              {t("common.backTo", { list: list.label })}
            </Button>
          }
        >
          {t("shell.itMayHaveBeen")}
        </Empty>
      ) : (
        <Loaded query={query}>{children}</Loaded>
      )}
    </Page>
  );
}
