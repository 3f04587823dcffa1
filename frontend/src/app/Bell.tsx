import { ActionIcon } from "@mantine/core";
import { IconBell } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { LazyPopover } from "../components/LazyPopover.tsx";
import { LOOKED_AT, useUnread } from "../features/notices/queries.ts";
import { loadTexts, t } from "../i18n/index.ts";
import classes from "./Layout.module.css";

/** Loaded when it is first opened. */
const NoticeList = lazy(async () => {
  await loadTexts(["notices"]);
  return import("../features/notices/NoticeList.tsx");
});

function labelOf(unread: number): string {
  if (unread === 0) return t("shell.notices");
  return t(unread < LOOKED_AT ? "shell.noticesUnread" : "shell.noticesManyUnread", { count: unread });
}

/** What happened since the person last looked: how much, and on a press what. */
export function Bell() {
  const unread = useUnread().length;
  const [times, setTimes] = useState(0); // closed by being begun anew
  return (
    <LazyPopover
      key={times}
      label={t("shell.notices")}
      p={0}
      mah={480}
      w={340}
      target={(button) => (
        <ActionIcon
          {...button}
          variant="default"
          size={30}
          aria-label={labelOf(unread)}
          style={{ overflow: "visible" }}
        >
          <IconBell size={16} aria-hidden />
          {unread > 0 && (
            <span className={classes.unread} aria-hidden>
              {unread < LOOKED_AT ? unread : `${LOOKED_AT - 1}+`}
            </span>
          )}
        </ActionIcon>
      )}
    >
      <Suspense>
        <NoticeList onClose={() => setTimes(times + 1)} />
      </Suspense>
    </LazyPopover>
  );
}
