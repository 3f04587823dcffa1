import { ActionIcon, AppShell, Button, Container, Group, Text, Tooltip } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand, IconPlus } from "@tabler/icons-react";
import { Link, Outlet, useLocation } from "react-router";
import { type Me, useMay, useMe } from "../auth/me.ts";
import { Loaded } from "../components/Loaded.tsx";
import { t } from "../i18n/index.ts";
import classes from "./Layout.module.css";
import { Logo } from "./Logo.tsx";
import { paths } from "./paths.ts";
import { barPlacesOf, isWithin, type Place, placesOf } from "./places.ts";
import { Lookout } from "./Lookout.tsx";
import { SearchButton, Shortcuts } from "./Shortcuts.tsx";
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
            <SearchButton />
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
        <Rail me={me.data} folded={folded} onFold={() => setFolded(!folded)} />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className={classes.main}>
        <Container size="xl" p={0}>
          <Lookout me={me.data} />
          <Loaded query={me}>{() => <Outlet />}</Loaded>
        </Container>
      </AppShell.Main>
      <AppShell.Footer component="nav" aria-label={t("shell.mainNarrow")} hiddenFrom="sm">
        <Bar me={me.data} />
      </AppShell.Footer>
      <Shortcuts me={me.data} onFold={() => setFolded(!folded)} />
    </AppShell>
  );
}

const current = (here: boolean) => (here ? { "aria-current": "page" as const } : {});

interface RailProps {
  me: Me | undefined;
  folded: boolean;
  onFold: () => void;
}

function Rail({ me, folded, onFold }: RailProps) {
  const { own, operators } = placesOf(me);
  const Fold = folded ? IconLayoutSidebarLeftExpand : IconLayoutSidebarLeftCollapse;
  return (
    <>
      <RailPlaces places={own} folded={folded} />
      {own.length > 0 && operators.length > 0 && (
        <Text className="label" px={12} pt="md" pb={4} aria-hidden={folded}>
          {folded ? "·" : t("operators.group")}
        </Text>
      )}
      <RailPlaces places={operators} folded={folded} />
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

function RailPlaces({ places, folded }: { places: readonly Place[]; folded: boolean }) {
  const { pathname } = useLocation();
  return places.map(({ to, label, icon: Icon }) => (
    <Tooltip key={to} label={label} position="right" disabled={!folded}>
      <Link to={to} className={classes.place} {...current(isWithin(to, pathname))} aria-label={label}>
        <Icon size={18} stroke={1.7} aria-hidden />
        {!folded && label}
      </Link>
    </Tooltip>
  ));
}

/** At the thumb, on a narrow screen. */
function Bar({ me }: { me: Me | undefined }) {
  const { pathname } = useLocation();
  return (
    <div className={classes.bar}>
      {barPlacesOf(me).map(({ to, label, icon: Icon }) => (
        <Link key={to} to={to} className={classes.tab} {...current(isWithin(to, pathname))}>
          <Icon size={20} stroke={1.7} aria-hidden />
          {label}
        </Link>
      ))}
    </div>
  );
}
