import { Button, Stack, Text } from "@mantine/core";
import { useEffect } from "react";
import { useMe } from "../../auth/me.ts";
import { Loaded } from "../../components/Loaded.tsx";
import { t } from "../../i18n/index.ts";
import { NoticeLine } from "./NoticeLine.tsx";
import { useMarkRead, useNotices } from "./queries.ts";

/** What happened, newest first. Whoever sees it has read it; an operator who looks on changes nothing. */
export default function NoticeList({ onClose }: { onClose: () => void }) {
  const notices = useNotices();
  const { mutate: markRead } = useMarkRead();
  const looksOn = Boolean(useMe().data?.impersonation);
  const newest = notices.data?.[0];
  const unread = !looksOn && newest && !newest.read ? newest.id : null;
  useEffect(() => {
    if (unread) markRead(unread);
  }, [unread, markRead]);
  return (
    <Loaded query={notices}>
      {(found) => (
        <Stack gap={0}>
          {found.length === 0 && (
            <Text size="sm" c="dimmed" p="md">
              {t("notices.none")}
            </Text>
          )}
          {found.map((notice) => (
            <NoticeLine key={notice.id} notice={notice} onClose={onClose} />
          ))}
          {notices.hasNextPage && (
            <Button
              variant="subtle"
              m="xs"
              loading={notices.isFetchingNextPage}
              onClick={() => void notices.fetchNextPage()}
            >
              {t("common.showMore")}
            </Button>
          )}
        </Stack>
      )}
    </Loaded>
  );
}
