import { useQuery } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../api/client.ts";
import { ApiProblem } from "../api/problem.ts";
import { knownToBeLoggedOut } from "../api/session.ts";
import { t } from "../i18n/index.ts";

export type Me = Schemas["Me"];

/** Who is logged in, and for which organization. */
export function useMe() {
  return useQuery({
    queryKey: ["me"],
    queryFn: () => {
      if (knownToBeLoggedOut()) throw new ApiProblem(t("problems.youAreNotLogged"), 401, "not_authenticated");
      return unwrap(api.GET("/api/v1/me"));
    },
    staleTime: 60_000,
  });
}

/** Whether the caller's role allows `permission`, such as `jobs.write`. */
export function useMay(permission: string): boolean {
  return useMe().data?.permissions.includes(permission) ?? false;
}
