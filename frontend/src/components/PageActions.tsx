import { ActionIcon, Button } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconDots } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { t } from "../i18n/index.ts";
import { LazyMenu, type MenuEntry } from "./LazyMenu.tsx";

interface Props {
  /** What one most likely came for. */
  primary: ReactNode;
  others: readonly MenuEntry[];
}

/** What can be done on a page: on a narrow screen what one most likely came for, and a menu of the rest. */
export function PageActions({ primary, others }: Props) {
  const isNarrow = useMediaQuery("(max-width: 48em)");
  if (!isNarrow || others.length < 2) {
    const buttons = others.map(({ label, onClick }) => (
      <Button key={label} variant="default" size="sm" onClick={onClick}>
        {label}
      </Button>
    ));
    return (
      <>
        {isNarrow && primary}
        {buttons}
        {!isNarrow && primary}
      </>
    );
  }
  return (
    <>
      {primary}
      <LazyMenu
        items={others}
        target={(button) => (
          <ActionIcon {...button} variant="default" size="input-sm" aria-label={t("shell.more")}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        )}
      />
    </>
  );
}
