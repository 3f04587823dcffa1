import { TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { t } from "../../i18n/index.ts";

interface Props {
  /** How many charts there are. */
  number: number;
  value: string;
  onChange: (value: string) => void;
}

/** Narrows many charts to those of some metrics. */
export default function MetricSearch({ number, value, onChange }: Props) {
  const label = t("jobs.searchMetrics", { number });
  return (
    <TextInput
      size="xs"
      leftSection={<IconSearch size={14} aria-hidden />}
      placeholder={label}
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
