import { Empty } from "../../components/Empty.tsx";
import { Rows } from "../../components/Rows.tsx";
import { t } from "../../i18n/index.ts";
import { JobsTable } from "./JobsTable.tsx";
import { type Source, useJobsMadeFrom } from "./queries.ts";

interface Props {
  source: Source;
  /** What to say where there are none. */
  children: string;
}

/** The jobs that trained on a version of a dataset, or went on from a model, each with the model that it left. */
export function JobsMadeFrom({ source, children }: Props) {
  const jobs = useJobsMadeFrom(source);
  return (
    <Rows query={jobs} empty={<Empty title={t("jobs.noJobsYet")}>{children}</Empty>}>
      {(rows) => <JobsTable jobs={rows} />}
    </Rows>
  );
}
