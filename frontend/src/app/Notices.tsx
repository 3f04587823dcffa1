import { notificationsStore, useNotifications } from "@mantine/notifications";
import { lazy, Suspense, useState } from "react";

const Shown = lazy(async () => ({ default: (await import("./ShownNotices.tsx")).ShownNotices }));

/** Short notices at the edge of the screen; what shows them is loaded with the first one. */
export function Notices() {
  const { notifications } = useNotifications(notificationsStore);
  const [asked, setAsked] = useState(false);
  if (!asked && notifications.length > 0) setAsked(true);
  return <Suspense>{asked && <Shown />}</Suspense>;
}
