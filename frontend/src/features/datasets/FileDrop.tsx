import { Text } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { type DragEvent, useState } from "react";
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
  const [over, setOver] = useState(false);
  const take = (files: FileList | null) => {
    const chosen = files?.item(0);
    if (chosen) onChoose(chosen);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  };
  return (
    <label
      className={classes.area}
      data-over={over || undefined}
      onDrop={drop}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
    >
      <input
        type="file"
        accept={accept}
        className={classes.input}
        aria-label={t("data.dataFile")}
        onChange={(event) => take(event.currentTarget.files)}
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
