import { Button, Center } from "@mantine/core";
import type { ReactNode } from "react";
import type { PagesQuery } from "../api/pages.ts";
import { Loaded } from "./Loaded.tsx";
import { t } from "../i18n/index.ts";

interface Props<Row> {
  query: PagesQuery<Row>;
  empty: ReactNode;
  children: (rows: Row[]) => ReactNode;
}

/** A paged list: its rows, what to say when there are none, and a button for more. */
export function Rows<Row>({ query, empty, children }: Props<Row>) {
  return (
    <Loaded query={query}>
      {(rows) => (
        <>
          {rows.length === 0 ? empty : children(rows)}
          {query.hasNextPage && (
            <Center py="sm">
              <Button
                variant="subtle"
                size="sm"
                loading={query.isFetchingNextPage}
                onClick={() => void query.fetchNextPage()}
              >
                {t("common.showMore")}
              </Button>
            </Center>
          )}
        </>
      )}
    </Loaded>
  );
}
