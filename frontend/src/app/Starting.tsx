import { Center, Loader } from "@mantine/core";

/** While the code of the first screen is under way. */
export function Starting() {
  return (
    <Center mih="100vh">
      <Loader size="sm" aria-label="Loading" />
    </Center>
  );
}
