import { Button } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { useMay } from "../../auth/me.ts";
import { t } from "../../i18n/index.ts";
import { cloned, withHint } from "../newjob/spec.ts";
import type { Job } from "./queries.ts";

/** Leads from a failure to the same job with what its hint asks for. */
export function RetryButton({ job }: { job: Job }) {
  const mayWrite = useMay("jobs.write");
  if (!mayWrite || !withHint(cloned(job), job)) return null;
  return (
    <Button component={Link} to={paths.cloneJob(job.id, true)} size="compact-sm" mt="xs">
      {t("jobs.tryWithHint")}
    </Button>
  );
}
