import { Button } from "@mantine/core";
import { useMe } from "../../auth/me.ts";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Section } from "../../components/Section.tsx";
import { t } from "../../i18n/index.ts";
import { NoticeLine } from "../notices/NoticeLine.tsx";
import { useMarkRead, useUnread } from "../notices/queries.ts";

const SHOWN = 3;

/** The newest of the bell's notices that nobody has read yet; read there or here, they go from both. */
export function Notices() {
  const unread = useUnread();
  const markRead = useMarkRead();
  const looksOn = Boolean(useMe().data?.impersonation);
  const [newest] = unread;
  if (!newest) return null;
  return (
    <Section
      title={t("home.notices")}
      flush
      aside={
        !looksOn && (
          <Button
            size="compact-sm"
            variant="subtle"
            loading={markRead.isPending}
            onClick={() => markRead.mutate(newest.id)}
          >
            {t("home.markRead")}
          </Button>
        )
      }
    >
      {markRead.isError && <ProblemAlert error={markRead.error} />}
      {unread.slice(0, SHOWN).map((notice) => (
        <NoticeLine key={notice.id} notice={notice} />
      ))}
    </Section>
  );
}
