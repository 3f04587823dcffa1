import { Button, Group, Text } from "@mantine/core";
import { IconZoomReset } from "@tabler/icons-react";
import { useId } from "react";
import { t } from "../i18n/index.ts";
import classes from "./Chart.module.css";
import { useChartSettings } from "./settings.tsx";
import { X_AXES } from "./xaxis.ts";

const AXIS_WORDS = {
  step: t("charts.steps"),
  epoch: t("charts.epochs"),
  time: t("charts.time"),
  cost: t("charts.cost"),
} as const;

/** What holds for all charts of a page. */
export function ChartControls() {
  const { axes, axis, smoothing, zoom, chooseAxis, chooseSmoothing, zoomTo } = useChartSettings();
  const id = useId();
  const known = X_AXES.filter((name) => axes[name]);
  return (
    <Group gap="lg" wrap="wrap">
      {known.length > 1 && (
        <Group gap={4} role="group" aria-label={t("charts.axis")}>
          {known.map((name) => (
            <Button
              key={name}
              size="compact-sm"
              variant={name === axis.name ? "light" : "default"}
              aria-pressed={name === axis.name}
              onClick={() => chooseAxis(name)}
            >
              {AXIS_WORDS[name]}
            </Button>
          ))}
        </Group>
      )}
      <Group gap="xs" wrap="nowrap">
        <Text size="xs" c="dimmed" id={id}>
          {t("charts.smoothing")}
        </Text>
        <input
          type="range"
          className={classes.range}
          min={0}
          max={1}
          step={0.05}
          value={smoothing}
          onChange={(event) => chooseSmoothing(event.currentTarget.valueAsNumber)}
          aria-labelledby={id}
        />
      </Group>
      {zoom && (
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<IconZoomReset size={14} aria-hidden />}
          onClick={() => zoomTo(null)}
        >
          {t("charts.showAll")}
        </Button>
      )}
    </Group>
  );
}
