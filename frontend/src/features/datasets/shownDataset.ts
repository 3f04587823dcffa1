import { useOutletContext } from "react-router";
import type { DatasetDetail, DatasetVersion } from "./queries.ts";

interface Shown {
  dataset: DatasetDetail;
  /** The one that the address names, else the newest. */
  version: DatasetVersion;
}

/** The dataset whose page a tab is in, and which of its versions is looked at. */
export const useShownDataset = (): Shown => useOutletContext<Shown>();
