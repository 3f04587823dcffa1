/** Programs without a browser that wait for somebody to confirm their key. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";

export type DeviceAuthorization = Schemas["DeviceAuthorization"];

/** What the device that shows `code` asks for. */
export function useDevice(code: string) {
  return useQuery({
    queryKey: ["device", code],
    queryFn: () =>
      unwrap(api.GET("/api/v1/device-authorizations/{user_code}", { params: { path: { user_code: code } } })),
    retry: false,
    staleTime: Infinity,
  });
}

/** Gives the device its key, or refuses it for good. */
export function useAnswerDevice(code: string) {
  const options = { params: { path: { user_code: code } } };
  return useMutation({
    mutationFn: async (verb: "approve" | "deny") => {
      if (verb === "approve") {
        await unwrap(api.POST("/api/v1/device-authorizations/{user_code}/approve", options));
      } else {
        await unwrap(api.POST("/api/v1/device-authorizations/{user_code}/deny", options));
      }
    },
  });
}
