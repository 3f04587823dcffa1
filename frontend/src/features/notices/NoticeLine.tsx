import { Box, Text, VisuallyHidden } from "@mantine/core";
import { Link } from "react-router";
import { Ago } from "../../components/Moment.tsx";
import { t } from "../../i18n/index.ts";
import classes from "./NoticeLine.module.css";
import type { Notice } from "./queries.ts";
import { inWords } from "./sentences.ts";

/** One notice: what happened, when, and the way to it. */
export function NoticeLine({ notice, onClose }: { notice: Notice; onClose?: () => void }) {
  const { sentence, to } = inWords(notice);
  return (
    <Link to={to} className={classes.line} data-unread={!notice.read || undefined} onClick={onClose}>
      <Text span size="sm" display="block">
        {!notice.read && <VisuallyHidden>{`${t("notices.unread")}: `}</VisuallyHidden>}
        {sentence}
      </Text>
      <Box component="span" c="dimmed" fz="xs">
        <Ago iso={notice.created_at} />
      </Box>
    </Link>
  );
}
