import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { asProblem } from "../api/problem.ts";

const TRIES = 3;

/** A request that failed on the way is tried again; an answer that says no is final. */
function mayTryAgain(failures: number, error: Error): boolean {
  const { status } = asProblem(error);
  return failures < TRIES && (status === 0 || status >= 500);
}

/** Without a session every screen but the login is pointless: `onLoggedOut` leads there. */
export function createQueryClient(onLoggedOut: () => void): QueryClient {
  const onError = (error: Error) => {
    const { status, code } = asProblem(error);
    if (status === 401 && code !== "reauthenticate") onLoggedOut();
  };
  return new QueryClient({
    defaultOptions: { queries: { retry: mayTryAgain, staleTime: 5_000 }, mutations: { retry: false } },
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
  });
}
