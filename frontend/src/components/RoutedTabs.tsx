import { Card } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Link, Outlet, useLocation } from "react-router";
import { t } from "../i18n/index.ts";
import classes from "./RoutedTabs.module.css";

interface Props {
  tabs: { to: string; label: string }[];
  /** For the routes of the tabs, by `useOutletContext`. */
  context?: unknown;
  /** In a card of its own, whose edges a table may reach. */
  framed?: boolean;
}

/** Tabs that are links, so that each can be kept, sent and opened beside; below them the route of the one that is open. */
export function RoutedTabs({ tabs, context, framed = false }: Props) {
  const { pathname } = useLocation();
  const list = useRef<HTMLElement>(null);
  // On a phone not all fit: the one that is open is shown, in the middle where there is room on both sides.
  useEffect(() => {
    const open = list.current?.querySelector<HTMLElement>("[aria-current]");
    if (list.current && open)
      list.current.scrollLeft = open.offsetLeft + open.offsetWidth / 2 - list.current.clientWidth / 2;
  }, [pathname]);
  const isOpen = (to: string) => to.split("?")[0] === pathname;
  const all = (
    <div>
      <nav
        ref={list}
        className={classes.list}
        data-framed={framed || undefined}
        aria-label={t("common.partsOfThePage")}
      >
        {tabs.map(({ to, label }) => (
          <Link key={to} to={to} className={classes.tab} {...(isOpen(to) && { "aria-current": "page" })}>
            {label}
          </Link>
        ))}
      </nav>
      <div className={framed ? undefined : classes.below}>
        <Outlet context={context} />
      </div>
    </div>
  );
  return framed ? <Card padding={0}>{all}</Card> : all;
}
