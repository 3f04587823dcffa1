import { ModelCard } from "../../models/ModelCard.tsx";
import { useShownJob } from "../shownJob.ts";

export function Model() {
  const { model_id: id } = useShownJob();
  return id && <ModelCard modelId={id} />;
}
