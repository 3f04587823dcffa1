import { type ComponentType, lazy, type ReactElement } from "react";
import { type Area, loadTexts } from "../i18n/index.ts";

/** A screen that is loaded when somebody goes there: the texts of `areas`, then its code, which may hold them. */
export function page(areas: readonly Area[], load: () => Promise<ComponentType>): ReactElement {
  const Screen = lazy(async () => {
    await loadTexts(areas);
    return { default: await load() };
  });
  return <Screen />;
}
