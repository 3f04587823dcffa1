import { Stack } from "@mantine/core";
import { Section } from "../../../components/Section.tsx";
import { t } from "../../../i18n/index.ts";
import { BillTable } from "../BillTable.tsx";
import { JobCost } from "../JobCost.tsx";
import { useShownJob } from "../shownJob.ts";

/** What was paid of the cap, and each stretch of time with its price, or why it was free. */
export function Cost() {
  const job = useShownJob();
  return (
    <Stack gap="lg">
      <JobCost job={job} />
      <Section title={t("jobDetails.bill")} flush>
        <BillTable jobId={job.id} />
      </Section>
    </Stack>
  );
}
