import { Button, Collapse, Stack, Textarea } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBraces } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { t } from "../../i18n/index.ts";
import { parseSpec, type Spec } from "./spec.ts";

interface Props {
  spec: Spec;
  onChange: (spec: Spec) => void;
}

/** The spec as text beside the form; what is typed in one shows in the other. */
export function SpecJson({ spec, onChange }: Props) {
  const [open, panel] = useDisclosure(false);
  return (
    <Stack gap="xs">
      <Button
        variant="subtle"
        size="compact-sm"
        w="fit-content"
        aria-expanded={open}
        onClick={panel.toggle}
        leftSection={<IconBraces size={16} aria-hidden />}
      >
        {t("newJob.asJson")}
      </Button>
      <Collapse expanded={open}>{open && <Editor spec={spec} onChange={onChange} />}</Collapse>
    </Stack>
  );
}

function Editor({ spec, onChange }: Props) {
  const [text, setText] = useState(() => JSON.stringify(spec, null, 2));
  const written = useRef(spec);
  useEffect(() => {
    if (written.current === spec) return;
    written.current = spec;
    setText(JSON.stringify(spec, null, 2));
  }, [spec]);
  const read = parseSpec(text);
  return (
    <Textarea
      aria-label={t("newJob.asJson")}
      autosize
      minRows={10}
      maxRows={30}
      spellCheck={false}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12 } }}
      value={text}
      error={read ? undefined : t("common.notJson")}
      onChange={(event) => {
        const entered = event.currentTarget.value;
        setText(entered);
        const parsed = parseSpec(entered);
        if (!parsed) return;
        written.current = parsed;
        onChange(parsed);
      }}
    />
  );
}
