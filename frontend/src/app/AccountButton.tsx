import { UnstyledButton, VisuallyHidden } from "@mantine/core";
import type { ComponentPropsWithRef } from "react";
import type { Me } from "../auth/me.ts";
import { t } from "../i18n/index.ts";
import classes from "./Layout.module.css";

interface Props extends ComponentPropsWithRef<"button"> {
  me: Me | undefined;
}

/** Of the first two words of the name, or of the address. */
function initialsOf(me: Me | undefined): string {
  const name = [me?.name, me?.email].find(Boolean) ?? "";
  const words = name.split(/\s+/).slice(0, 2);
  return words.map((word) => word.charAt(0).toUpperCase()).join("");
}

/** What opens the menu of the person who is logged in. */
export function AccountButton({ me, ...button }: Props) {
  return (
    <UnstyledButton {...button}>
      <span className={classes.initials} aria-hidden>
        {initialsOf(me)}
      </span>
      <VisuallyHidden>{t("shell.accountMenu")}</VisuallyHidden>
    </UnstyledButton>
  );
}
