import { Anchor, AppShell, Burger, Button, Container, Group, NavLink as NavItem, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useEffect } from "react";
import { Link, Outlet, useLocation } from "react-router";
import { useMe } from "../auth/me.ts";
import { Loaded } from "../components/Loaded.tsx";
import classes from "./Layout.module.css";
import { Logo } from "./Logo.tsx";
import { UserMenu } from "./UserMenu.tsx";
import { WalletBalance } from "./WalletBalance.tsx";
import { t } from "../i18n/index.ts";

const PLACES = [
  { to: "/jobs", label: t("shell.jobs") },
  { to: "/billing", label: t("shell.billing") },
  { to: "/settings", label: t("shell.settings") },
];

const PADDING = { base: "md", sm: "lg" };

/** The frame around every screen of a person who is logged in. */
export function Layout() {
  const me = useMe();
  const { pathname } = useLocation();
  const [menuOpen, menu] = useDisclosure(false);
  const { close } = menu;
  useEffect(close, [pathname, close]);
  const isHere = (to: string) => pathname.startsWith(to);

  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 240, breakpoint: "sm", collapsed: { mobile: !menuOpen, desktop: true } }}
      padding={PADDING}
    >
      <a href="#main" className={classes.skip}>
        {t("shell.skipToTheContent")}
      </a>
      <AppShell.Header px={PADDING}>
        <Container size="xl" h="100%" p={0}>
          <Group h="100%" justify="space-between" wrap="nowrap" gap="sm">
            <Group gap="lg" wrap="nowrap">
              <Burger
                opened={menuOpen}
                onClick={menu.toggle}
                hiddenFrom="sm"
                size="sm"
                aria-label={menuOpen ? t("shell.closeTheMenu") : t("shell.openTheMenu")}
                aria-expanded={menuOpen}
              />
              <Link to="/jobs" className={classes.brand} aria-label={t("shell.trainyardToTheJobs")}>
                <Logo size={24} />
                <Text component="span" fw={650} visibleFrom="xs">
                  {t("shell.trainyard")}
                </Text>
              </Link>
              <Group component="nav" gap={4} visibleFrom="sm" aria-label={t("shell.main")}>
                {PLACES.map(({ to, label }) => (
                  <Anchor
                    key={to}
                    component={Link}
                    to={to}
                    className={classes.place}
                    {...(isHere(to) ? { "aria-current": "page" as const } : {})}
                  >
                    {label}
                  </Anchor>
                ))}
              </Group>
            </Group>
            <Group gap="sm" wrap="nowrap">
              {me.data && <WalletBalance />}
              <Button
                component={Link}
                to="/jobs/new"
                size="xs"
                leftSection={<IconPlus size={16} aria-hidden />}
              >
                {t("shell.newJob")}
              </Button>
              <UserMenu me={me.data} />
            </Group>
          </Group>
        </Container>
      </AppShell.Header>
      {menuOpen && (
        <AppShell.Navbar p="sm" aria-label={t("shell.main")}>
          {PLACES.map(({ to, label }) => (
            <NavItem key={to} component={Link} to={to} label={label} active={isHere(to)} />
          ))}
        </AppShell.Navbar>
      )}
      <AppShell.Main id="main" tabIndex={-1} className={classes.main}>
        <Container size="xl" p={0}>
          <Loaded query={me}>{() => <Outlet />}</Loaded>
        </Container>
      </AppShell.Main>
    </AppShell>
  );
}
