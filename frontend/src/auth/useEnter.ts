import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearchParams } from "react-router";
import type { NextStep } from "../api/session.ts";
import { destination } from "./destination.ts";

/** A call that logs in: where nothing is left to do, on to the screen that was asked for. */
export function useEnter<Input>(call: (input: Input) => Promise<NextStep>) {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: call,
    onSuccess: (step) => {
      if (step !== "none") return;
      queryClient.clear();
      return navigate(destination(search.get("next")), { replace: true });
    },
  });
}
