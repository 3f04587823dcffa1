import { Alert } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { onlineManager, useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { api, unwrap } from "../api/client.ts";
import { t } from "../i18n/index.ts";

const EVERY_MS = 3_000;

const subscribe = (listener: () => void) => onlineManager.subscribe(listener);

/** Says that the service does not answer, until it does: meanwhile all else that would be read waits. */
export function Unanswered() {
  const isAnswered = useSyncExternalStore(subscribe, () => onlineManager.isOnline());
  useQuery({
    queryKey: ["unanswered"],
    queryFn: () => unwrap(api.GET("/api/v1/me")),
    enabled: !isAnswered,
    networkMode: "always",
    retry: false,
    staleTime: 0,
    refetchInterval: EVERY_MS,
    refetchOnReconnect: false,
  });
  if (isAnswered) return null;
  return (
    <Alert role="status" color="gray" mb="lg" className="late" icon={<IconPlugConnectedX aria-hidden />}>
      {t("shell.serviceDoesNotAnswer")}
    </Alert>
  );
}
