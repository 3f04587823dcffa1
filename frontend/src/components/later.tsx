import { Center, Loader } from "@mantine/core";
import { useInViewport } from "@mantine/hooks";
import { type ComponentType, lazy, Suspense, useSyncExternalStore } from "react";
import { hasBegun, onBegin } from "./begun.ts";
import { type Area, loadTexts, t } from "../i18n/index.ts";

/**
 * A part of a page that its first screen can do without. The texts of `areas` and its code are loaded once its place is seen, or once the person
 * begins to use the page, whichever is first; until then its place is `height` pixels high.
 */
export function later<Props extends object>(
  height: number,
  areas: readonly Area[],
  load: () => Promise<ComponentType<Props>>,
) {
  // React asks that the props of a lazy component are known to have no ref; these are plain functions.
  const Part = lazy(async () => {
    await loadTexts(areas);
    return { default: (await load()) as ComponentType<object> };
  });
  return function Later(props: Props) {
    const { ref, inViewport } = useInViewport<HTMLDivElement>();
    const isUsed = useSyncExternalStore(onBegin, hasBegun);
    const place = (
      <Center ref={ref} h={height}>
        <Loader className="late" size="sm" aria-label={t("common.loading")} />
      </Center>
    );
    return <Suspense fallback={place}>{isUsed || inViewport ? <Part {...props} /> : place}</Suspense>;
  };
}
