import { Group, Text, UnstyledButton } from "@mantine/core";
import { t } from "../i18n/index.ts";
import classes from "./Chart.module.css";
import { type ChartSeries, valueAt } from "./model.ts";
import type { Scheme } from "./options.ts";

interface Props {
  series: readonly ChartSeries[];
  hidden: ReadonlySet<string>;
  scheme: Scheme;
  /** Where the cursor stands; the end without one. */
  step: number | null;
  format: (value: number) => string;
  onToggle: (key: string) => void;
}

const MOST = 12;

/** What each line is, and its value as it was measured. A press hides a line. */
export function Legend({ series, hidden, scheme, step, format, onToggle }: Props) {
  return (
    <Group gap={4} mb={4} mih={24}>
      {series.slice(0, MOST).map((one) => {
        const value = valueAt(one, step);
        return (
          <UnstyledButton
            key={one.key}
            className={classes.legend}
            aria-pressed={!hidden.has(one.key)}
            title={t("charts.hideOrShow", { label: one.label })}
            onClick={() => onToggle(one.key)}
          >
            <svg width="18" height="4" aria-hidden>
              <line
                x2="18"
                y1="2"
                y2="2"
                strokeWidth="3"
                stroke={one.color[scheme]}
                {...(one.dash ? { strokeDasharray: one.dash.join(" ") } : {})}
              />
            </svg>
            <Text size="xs" c="dimmed" component="span">
              {one.label}
            </Text>
            <Text size="xs" fw={600} component="span" className="figures">
              {value === null ? "–" : format(value)}
            </Text>
          </UnstyledButton>
        );
      })}
      {series.length > MOST && (
        <Text size="xs" c="dimmed">
          {t("charts.andMore", { number: series.length - MOST })}
        </Text>
      )}
    </Group>
  );
}
