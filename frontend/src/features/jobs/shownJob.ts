import { useOutletContext } from "react-router";
import type { Job } from "./queries.ts";

/** The job whose page a tab is in. */
export const useShownJob = (): Job => useOutletContext<Job>();
