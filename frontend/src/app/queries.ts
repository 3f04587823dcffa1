import { MutationCache, onlineManager, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiProblem, asProblem, isUnreachable } from "../api/problem.ts";

const TRIES = 3;

/** A request that failed on the way is tried again; an answer that says no is final. */
function mayTryAgain(failures: number, error: Error): boolean {
  const { status } = asProblem(error);
  return failures < TRIES && (status === 0 || status >= 500);
}

const isAnswered = () => onlineManager.setOnline(true);

/** Reads wait while the service does not answer, and are asked again as soon as one request is (Unanswered.tsx). */
function noteAnswer(error: Error): void {
  if (isUnreachable(error)) onlineManager.setOnline(false);
  else if (error instanceof ApiProblem) isAnswered();
}

/** Without a session every screen but the login is pointless: `onLoggedOut` leads there. */
export function createQueryClient(onLoggedOut: () => void): QueryClient {
  const onError = (error: Error) => {
    const { status, code } = asProblem(error);
    if (status === 401 && code !== "reauthenticate") onLoggedOut();
  };
  return new QueryClient({
    defaultOptions: {
      queries: { retry: mayTryAgain, staleTime: 5_000, refetchOnReconnect: "always" },
      mutations: { retry: false, networkMode: "always" }, // what a person asks for is done now, or refused now
    },
    queryCache: new QueryCache({
      onError: (error) => {
        noteAnswer(error);
        onError(error);
      },
      onSuccess: isAnswered,
    }),
    mutationCache: new MutationCache({ onError, onSuccess: isAnswered }),
  });
}
