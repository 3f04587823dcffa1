import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, Suspense, useState } from "react";
import { BrowserRouter, useNavigate, useRoutes } from "react-router";
import "../components/begun.ts"; // it listens from the start
import { CrashBoundary } from "./CrashBoundary.tsx";
import { Notices } from "./Notices.tsx";
import { isPublic, loginBackTo } from "./paths.ts";
import { createQueryClient } from "./queries.ts";
import { routes } from "./routes.tsx";
import { Starting } from "./Starting.tsx";
import { cssVariables, theme } from "./theme.ts";

export function App({ nonce }: { nonce: string }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <Notices />
      <CrashBoundary>
        <BrowserRouter>
          <Queries>
            <Screens />
          </Queries>
        </BrowserRouter>
      </CrashBoundary>
    </MantineProvider>
  );
}

/** What was fetched, for all screens; whoever turns out to be logged out is led to the login. */
function Queries({ children }: { children: ReactNode }) {
  const navigate = useNavigate();
  const [client] = useState(() =>
    createQueryClient(() => {
      const { pathname, search } = window.location;
      if (!isPublic(pathname)) void navigate(loginBackTo(pathname + search));
    }),
  );
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}

function Screens() {
  return <Suspense fallback={<Starting />}>{useRoutes(routes)}</Suspense>;
}
