import { useShownModel } from "../shownModel.ts";
import { Snippets } from "../Snippets.tsx";

export function Use() {
  return <Snippets model={useShownModel()} />;
}
