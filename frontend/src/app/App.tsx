import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "react-router";
import { isPublic, loginBackTo } from "./paths.ts";
import { createQueryClient } from "./queries.ts";
import { router } from "./routes.tsx";
import { cssVariables, theme } from "./theme.ts";

const queryClient = createQueryClient(() => {
  const { pathname, search } = router.state.location;
  if (!isPublic(pathname)) void router.navigate(loginBackTo(pathname + search));
});

export function App({ nonce }: { nonce: string }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <Notifications position="bottom-right" />
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
