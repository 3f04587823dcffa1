import type { ReactNode } from "react";
import { Navigate } from "react-router";
import { useMe } from "../auth/me.ts";
import { paths } from "./paths.ts";

/** The start: an operator without an organization has no home, and goes to the fleet. */
export function Start({ home }: { home: ReactNode }) {
  const me = useMe().data;
  if (me && !me.organization && me.is_operator) return <Navigate to={paths.fleet} replace />;
  return home;
}
