import { Card, Tabs } from "@mantine/core";
import { Outlet, useLocation, useNavigate } from "react-router";
import classes from "./RoutedTabs.module.css";

interface Props {
  tabs: { to: string; label: string }[];
  /** For the routes of the tabs, by `useOutletContext`. */
  context?: unknown;
  /** In a card of its own, whose edges a table may reach. */
  framed?: boolean;
}

/** Tabs that are addresses, so that each can be linked to; the route of the one that is open fills the panel. */
export function RoutedTabs({ tabs, context, framed = false }: Props) {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const all = (
    <Tabs value={pathname} onChange={(to) => to && void navigate(to)}>
      <Tabs.List className={classes.list} {...(framed && { px: "sm" })}>
        {tabs.map(({ to, label }) => (
          <Tabs.Tab key={to} value={to} className={classes.tab}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={pathname} {...(!framed && { pt: "lg" })}>
        <Outlet context={context} />
      </Tabs.Panel>
    </Tabs>
  );
  return framed ? <Card padding={0}>{all}</Card> : all;
}
