import { Button, Center } from "@mantine/core";
import { Link } from "react-router";
import { Empty } from "../components/Empty.tsx";

export function NotFoundPage() {
  return (
    <Empty
      title="There is nothing at this address"
      action={
        <Button component={Link} to="/jobs" variant="default">
          Go to the jobs
        </Button>
      }
    >
      It may have been deleted, or the link is incomplete.
    </Empty>
  );
}

/** What is left when a screen itself fails. */
export function CrashPage() {
  return (
    <Center component="main" mih="100vh">
      <Empty
        title="This screen failed"
        action={
          <Button onClick={() => window.location.reload()} variant="default">
            Load it again
          </Button>
        }
      >
        Your jobs and data are not affected. If it lasts, tell us what you did just before.
      </Empty>
    </Center>
  );
}
