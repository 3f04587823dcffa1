import { Stack } from "@mantine/core";
import { ChangePassword } from "./ChangePassword.tsx";
import { Passkeys } from "./Passkeys.tsx";
import { SecondFactor } from "./SecondFactor.tsx";
import { Sessions } from "./Sessions.tsx";

/** A person's own log-in. */
export function Security() {
  return (
    <Stack gap="lg">
      <SecondFactor />
      <Passkeys />
      <ChangePassword />
      <Sessions />
    </Stack>
  );
}
