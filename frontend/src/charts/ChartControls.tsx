import { Button, Group, SegmentedControl, Slider, Text } from "@mantine/core";
import { IconZoomReset } from "@tabler/icons-react";
import { useId } from "react";
import { t } from "../i18n/index.ts";
import { useChartSettings } from "./settings.tsx";
import { X_AXES } from "./xaxis.ts";

const AXIS_WORDS = { step: t("charts.steps"), epoch: t("charts.epochs"), time: t("charts.time") } as const;

/** What holds for all charts of a page. */
export function ChartControls() {
  const { axes, axis, smoothing, zoom, chooseAxis, chooseSmoothing, zoomTo } = useChartSettings();
  const id = useId();
  const known = X_AXES.filter((name) => axes[name]);
  return (
    <Group gap="lg" wrap="wrap">
      {known.length > 1 && (
        <SegmentedControl
          size="xs"
          aria-label={t("charts.axis")}
          data={known.map((value) => ({ value, label: AXIS_WORDS[value] }))}
          value={axis.name}
          onChange={chooseAxis}
        />
      )}
      <Group gap="xs" wrap="nowrap">
        <Text size="xs" c="dimmed" id={id}>
          {t("charts.smoothing")}
        </Text>
        <Slider
          w={120}
          size="sm"
          min={0}
          max={1}
          step={0.05}
          label={null}
          value={smoothing}
          onChange={chooseSmoothing}
          thumbProps={{ "aria-labelledby": id }}
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
