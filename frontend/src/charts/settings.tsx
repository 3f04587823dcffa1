/** What the charts of a page have in common: the axis they count along, the smoothing, and the part that is seen. */
import { createContext, type ReactNode, useContext, useId, useMemo, useState } from "react";
import { useLocalStorage } from "@mantine/hooks";
import { STEP_AXIS, type XAxis, type XAxisName } from "./xaxis.ts";

/** Both included. */
export type StepRange = readonly [first: number, last: number];

export interface ChartSettings {
  axes: Partial<Record<XAxisName, XAxis>>;
  axis: XAxis;
  smoothing: number;
  zoom: StepRange | null;
  syncKey: string;
  chooseAxis: (name: XAxisName) => void;
  chooseSmoothing: (amount: number) => void;
  zoomTo: (range: StepRange | null) => void;
}

const Settings = createContext<ChartSettings | null>(null);

interface Props {
  axes: Partial<Record<XAxisName, XAxis>>;
  children: ReactNode;
}

export function ChartSettingsProvider({ axes, children }: Props) {
  const syncKey = useId();
  const [name, chooseAxis] = useLocalStorage<XAxisName>({
    key: "trainyard.chart-axis",
    defaultValue: "step",
  });
  const [smoothing, chooseSmoothing] = useLocalStorage({
    key: "trainyard.chart-smoothing",
    defaultValue: 0.2,
  });
  const [zoom, zoomTo] = useState<StepRange | null>(null);
  const axis = axes[name] ?? STEP_AXIS;
  const settings = useMemo(
    () => ({ axes, axis, smoothing, zoom, syncKey, chooseAxis, chooseSmoothing, zoomTo }),
    [axes, axis, smoothing, zoom, syncKey, chooseAxis, chooseSmoothing],
  );
  return <Settings value={settings}>{children}</Settings>;
}

export function useChartSettings(): ChartSettings {
  const settings = useContext(Settings);
  if (!settings) throw new Error("A chart stands outside of its settings.");
  return settings;
}
