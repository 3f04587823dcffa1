import { Button, Collapse } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { Section } from "../../components/Section.tsx";
import { loadTexts, t } from "../../i18n/index.ts";
import type { Props } from "./AllFields.tsx";

/** Loaded when they are first opened. */
const AllFields = lazy(async () => {
  await loadTexts(["fields"]);
  return { default: (await import("./AllFields.tsx")).AllFields };
});

export function AdvancedSection({ spec, onChange, errorOf }: Props) {
  const [open, panel] = useDisclosure(false);
  const Icon = open ? IconChevronDown : IconChevronRight;
  return (
    <Section title={t("newJob.n3Training")}>
      <Button
        variant="default"
        onClick={panel.toggle}
        aria-expanded={open}
        leftSection={<Icon size={16} aria-hidden />}
      >
        {t("newJob.advanced")}
      </Button>
      <Collapse expanded={open}>
        <Suspense>{open && <AllFields spec={spec} onChange={onChange} errorOf={errorOf} />}</Suspense>
      </Collapse>
    </Section>
  );
}
