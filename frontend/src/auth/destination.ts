import { paths } from "../app/paths.ts";

/** Where to go after the login: a path of this site, nothing else. */
export function destination(next: string | null): string {
  return next?.startsWith("/") && !next.startsWith("//") && !next.startsWith("/\\") ? next : paths.home;
}
