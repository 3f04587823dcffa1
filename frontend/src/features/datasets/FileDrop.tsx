import { Text } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { useDrop } from "../../components/useDrop.ts";
import { formatBytes } from "../../format/number.ts";
import classes from "./FileDrop.module.css";
import { t } from "../../i18n/index.ts";

interface Props {
  accept: string;
  hint: string;
  file: File | null;
  onChoose: (file: File) => void;
}

/** A file input with room to drop on. */
export function FileDrop({ accept, hint, file, onChoose }: Props) {
  const drop = useDrop(onChoose);
  return (
    <label className={classes.area} {...drop}>
      <input
        type="file"
        accept={accept}
        className={classes.input}
        aria-label={t("data.dataFile")}
        onChange={(event) => {
          const chosen = event.currentTarget.files?.item(0);
          if (chosen) onChoose(chosen);
        }}
      />
      <IconFileUpload size={28} stroke={1.4} aria-hidden />
      <Text size="sm" fw={550} style={{ overflowWrap: "anywhere" }}>
        {file ? file.name : t("data.dropAFileHere")}
      </Text>
      <Text size="xs" c="dimmed">
        {file ? formatBytes(file.size) : hint}
      </Text>
    </label>
  );
}
