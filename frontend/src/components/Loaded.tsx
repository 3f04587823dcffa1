import { Center, Loader } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { isUnreachable } from "../api/problem.ts";
import { ProblemAlert } from "./ProblemAlert.tsx";
import { t } from "../i18n/index.ts";

interface Props<Data> {
  query: UseQueryResult<Data>;
  children: (data: Data) => ReactNode;
}

/**
 * What a query brought; until then that it loads, or why it did not. Data once shown stays when a refresh fails; that
 * the service does not answer is said once, by the frame.
 */
export function Loaded<Data>({ query, children }: Props<Data>) {
  if (query.data !== undefined) {
    return (
      <>
        {query.isRefetchError && !isUnreachable(query.error) && (
          <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
        )}
        {children(query.data)}
      </>
    );
  }
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <Center mih={160} className="late">
      <Loader size="sm" aria-label={t("common.loading")} />
    </Center>
  );
}
