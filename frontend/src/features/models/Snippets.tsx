import { ActionIcon, Box, Code, CopyButton, Tabs } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { Section } from "../../components/Section.tsx";
import { t } from "../../i18n/index.ts";
import { useVersion } from "../datasets/queries.ts";
import type { Model } from "./queries.ts";
import { snippetsFor } from "./snippets.ts";

/** How a program asks this model, to copy. */
export function Snippets({ model }: { model: Model }) {
  const version = useVersion(model.dataset_id, model.dataset_version).data;
  const snippets = snippetsFor(model, version?.profile, window.location.origin);
  return (
    <Section title={t("models.fromAProgram")}>
      <Tabs defaultValue="curl" keepMounted={false}>
        <Tabs.List>
          {snippets.map(({ language, name }) => (
            <Tabs.Tab key={language} value={language}>
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {snippets.map(({ language, name, code }) => (
          <Tabs.Panel key={language} value={language} pt="sm">
            <Box pos="relative">
              <Code block tabIndex={0} aria-label={name}>
                {code}
              </Code>
              <CopyButton value={code}>
                {({ copied, copy }) => (
                  <ActionIcon
                    pos="absolute"
                    top={8}
                    right={8}
                    variant="default"
                    onClick={copy}
                    aria-label={copied ? t("common.copied") : t("common.copy")}
                  >
                    {copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
                  </ActionIcon>
                )}
              </CopyButton>
            </Box>
          </Tabs.Panel>
        ))}
      </Tabs>
    </Section>
  );
}
