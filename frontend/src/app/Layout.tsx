import { ActionIcon, Button, Container, Group, Text, UnstyledButton } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import {
  IconDots,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconPlus,
} from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { Link, Outlet, useLocation, useNavigate } from "react-router";
import { type Me, useMay, useMe } from "../auth/me.ts";
import { LazyMenu } from "../components/LazyMenu.tsx";
import { Loaded } from "../components/Loaded.tsx";
import { t } from "../i18n/index.ts";
import classes from "./Layout.module.css";
import { Bell } from "./Bell.tsx";
import { Logo } from "./Logo.tsx";
import { OrganizationSwitcher } from "./OrganizationSwitcher.tsx";
import { paths } from "./paths.ts";
import { barPlacesOf, isWithin, type Place, placesOf } from "./places.ts";
import { SearchButton, Shortcuts } from "./Shortcuts.tsx";
import { Starting } from "./Starting.tsx";
import { Unanswered } from "./Unanswered.tsx";
import { UserMenu } from "./UserMenu.tsx";
import { WalletBalance } from "./WalletBalance.tsx";

/** Needed by operators who look at an organization. */
const Lookout = lazy(async () => ({ default: (await import("./Lookout.tsx")).Lookout }));

/** The frame around every screen of a person who is logged in. */
export function Layout() {
  const me = useMe();
  const [folded, setFolded] = useLocalStorage({ key: "trainyard.rail-folded", defaultValue: false });
  const fold = () => setFolded(!folded);
  return (
    <div className={classes.frame} data-folded={folded || undefined}>
      <a href="#main" className={classes.skip}>
        {t("shell.skipToTheContent")}
      </a>
      <header className={classes.header}>
        <Header me={me.data} />
      </header>
      <nav className={classes.rail} aria-label={t("shell.main")}>
        <Rail me={me.data} folded={folded} onFold={fold} />
      </nav>
      <main id="main" tabIndex={-1} className={classes.main}>
        <Container size="xl" p={0}>
          <Unanswered />
          <Suspense>{me.data?.impersonation && <Lookout me={me.data} />}</Suspense>
          <Loaded query={me}>
            {() => (
              <Suspense fallback={<Starting />}>
                <Outlet />
              </Suspense>
            )}
          </Loaded>
        </Container>
      </main>
      <nav className={classes.bar} aria-label={t("shell.mainNarrow")}>
        <Bar me={me.data} />
      </nav>
      <Shortcuts me={me.data} onFold={fold} />
    </div>
  );
}

function Header({ me }: { me: Me | undefined }) {
  const mayWrite = useMay("jobs.write");
  return (
    <>
      <Group gap={6} wrap="nowrap" miw={0}>
        <Link to={paths.home} className={classes.brand} aria-label={t("shell.trainyardToTheStart")}>
          <Logo size={24} />
          <Text component="span" fw={650} visibleFrom="xs">
            {t("shell.trainyard")}
          </Text>
        </Link>
        {me && me.organizations.length > 1 && <OrganizationSwitcher me={me} />}
      </Group>
      <Group className={classes.tools}>
        <SearchButton />
        {me?.organization && <WalletBalance />}
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
        {me && <Bell />}
        <UserMenu me={me} />
      </Group>
    </>
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
          {folded ? "·" : t("shell.operate")}
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
    <Link
      key={to}
      to={to}
      className={classes.place}
      {...current(isWithin(to, pathname))}
      aria-label={label}
      title={folded ? label : undefined}
    >
      <Icon size={18} stroke={1.7} aria-hidden />
      {!folded && label}
    </Link>
  ));
}

/** At the thumb, on a narrow screen. */
function Bar({ me }: { me: Me | undefined }) {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const { shown, rest } = barPlacesOf(me);
  return (
    <>
      {shown.map(({ to, label, icon: Icon }) => (
        <Link key={to} to={to} className={classes.tab} {...current(isWithin(to, pathname))}>
          <Icon size={20} stroke={1.7} aria-hidden />
          {label}
        </Link>
      ))}
      {rest.length > 0 && (
        <LazyMenu
          items={rest.map(({ to, label }) => ({ label, onClick: () => void navigate(to) }))}
          target={(button) => (
            <UnstyledButton
              {...button}
              className={classes.tab}
              {...current(rest.some(({ to }) => isWithin(to, pathname)))}
            >
              <IconDots size={20} stroke={1.7} aria-hidden />
              {t("shell.more")}
            </UnstyledButton>
          )}
        />
      )}
    </>
  );
}
