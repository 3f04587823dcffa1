import { useOutletContext } from "react-router";
import type { ModelDetail } from "./queries.ts";

/** The model whose page a tab is in. */
export const useShownModel = (): ModelDetail => useOutletContext<ModelDetail>();
