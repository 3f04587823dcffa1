import { Group, Kbd, Stack, Switch, Table, Text } from "@mantine/core";
import { t } from "../i18n/index.ts";
import { LazyModal } from "../components/LazyModal.tsx";

interface Props {
  keys: readonly { keys: readonly string[]; what: string }[];
  /** Whether keys that are pressed alone do something. */
  single: boolean;
  onSingle: (single: boolean) => void;
  onClose: () => void;
}

/** What each key does. */
export default function ShortcutList({ keys, single, onSingle, onClose }: Props) {
  return (
    <LazyModal opened onClose={onClose} title={t("shell.shortcuts")} centered>
      <Stack gap="md">
        <Table verticalSpacing={6}>
          <Table.Tbody>
            {keys.map(({ keys: pressed, what }) => (
              <Table.Tr key={what}>
                <Table.Td>{what}</Table.Td>
                <Table.Td ta="right">
                  <Group gap={4} justify="flex-end">
                    {pressed.map((name) => (
                      <Kbd key={name}>{name}</Kbd>
                    ))}
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Switch
          label={t("shell.singleKeys")}
          checked={single}
          onChange={(event) => onSingle(event.currentTarget.checked)}
        />
        <Text size="xs" c="dimmed">
          {t("shell.listAlsoInPalette")}
        </Text>
      </Stack>
    </LazyModal>
  );
}
