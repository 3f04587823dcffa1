import { useQuery, useQueryClient } from "@tanstack/react-query";
import { authenticators } from "../../api/account.ts";

const KEY = ["account", "authenticators"];

export function useAuthenticators() {
  return useQuery({ queryKey: KEY, queryFn: authenticators });
}

/** After a change: what there is, and whether the person has a second factor. */
export function useReadAnew(): () => void {
  const queryClient = useQueryClient();
  return () => {
    void queryClient.invalidateQueries({ queryKey: KEY });
    void queryClient.invalidateQueries({ queryKey: ["me"] });
  };
}
