import { ActionIcon, AppShell, Button, Container, Group, Text, Tooltip } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand, IconPlus } from "@tabler/icons-react";
import { Link, Outlet, useLocation } from "react-router";
import { useMay, useMe } from "../auth/me.ts";
import { Loaded } from "../components/Loaded.tsx";
import { t } from "../i18n/index.ts";
import classes from "./Layout.module.css";
import { Logo } from "./Logo.tsx";
import { paths } from "./paths.ts";
import { isWithin, PLACES } from "./places.ts";
import { UserMenu } from "./UserMenu.tsx";
import { WalletBalance } from "./WalletBalance.tsx";

const HEADER = 52;
const RAIL = 208;
const NARROW_RAIL = 60;
const BAR = 56;
const PADDING = { base: "md", sm: "lg" };

/** The frame around every screen of a person who is logged in. */
export function Layout() {
  const me = useMe();
  const mayWrite = useMay("jobs.write");
  const [folded, setFolded] = useLocalStorage({ key: "trainyard.rail-folded", defaultValue: false });
  return (
    <AppShell
      header={{ height: HEADER }}
      navbar={{ width: folded ? NARROW_RAIL : RAIL, breakpoint: "sm", collapsed: { mobile: true } }}
      footer={{ height: { base: BAR, sm: 0 } }}
      padding={PADDING}
    >
      <a href="#main" className={classes.skip}>
        {t("shell.skipToTheContent")}
      </a>
      <AppShell.Header px={PADDING}>
        <Group h="100%" justify="space-between" wrap="nowrap" gap="sm">
          <Link to={paths.home} className={classes.brand} aria-label={t("shell.trainyardToTheStart")}>
            <Logo size={24} />
            <Text component="span" fw={650} visibleFrom="xs">
              {t("shell.trainyard")}
            </Text>
          </Link>
          <Group gap="sm" wrap="nowrap">
            {me.data?.organization && <WalletBalance />}
            {mayWrite && (
              <Button
                component={Link}
                to={paths.newJob}
                size="xs"
                leftSection={<IconPlus size={16} aria-hidden />}
              >
                {t("shell.newJob")}
              </Button>
            )}
            <UserMenu me={me.data} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar component="nav" aria-label={t("shell.main")} p={8} visibleFrom="sm">
        <Rail folded={folded} onFold={() => setFolded(!folded)} />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className={classes.main}>
        <Container size="xl" p={0}>
          <Loaded query={me}>{() => <Outlet />}</Loaded>
        </Container>
      </AppShell.Main>
      <AppShell.Footer component="nav" aria-label={t("shell.mainNarrow")} hiddenFrom="sm">
        <Bar />
      </AppShell.Footer>
    </AppShell>
  );
}

const current = (here: boolean) => (here ? { "aria-current": "page" as const } : {});

function Rail({ folded, onFold }: { folded: boolean; onFold: () => void }) {
  const { pathname } = useLocation();
  const Fold = folded ? IconLayoutSidebarLeftExpand : IconLayoutSidebarLeftCollapse;
  return (
    <>
      {PLACES.map(({ to, label, icon: Icon }) => (
        <Tooltip key={to} label={label} position="right" disabled={!folded}>
          <Link to={to} className={classes.place} {...current(isWithin(to, pathname))} aria-label={label}>
            <Icon size={18} stroke={1.7} aria-hidden />
            {!folded && label}
          </Link>
        </Tooltip>
      ))}
      <ActionIcon
        variant="subtle"
        color="gray"
        mt="auto"
        ml={6}
        onClick={onFold}
        aria-label={folded ? t("shell.showLabels") : t("shell.hideLabels")}
      >
        <Fold size={18} stroke={1.7} aria-hidden />
      </ActionIcon>
    </>
  );
}

/** At the thumb, on a narrow screen. */
function Bar() {
  const { pathname } = useLocation();
  return (
    <div className={classes.bar}>
      {PLACES.map(({ to, label, icon: Icon }) => (
        <Link key={to} to={to} className={classes.tab} {...current(isWithin(to, pathname))}>
          <Icon size={20} stroke={1.7} aria-hidden />
          {label}
        </Link>
      ))}
    </div>
  );
}
