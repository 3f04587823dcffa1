import { Button, Group, Stack } from "@mantine/core";
import { useState } from "react";
import { t } from "../../i18n/index.ts";
import { blobOf } from "./base64.ts";
import { CameraInput } from "./CameraInput.tsx";
import { DrawInput } from "./DrawInput.tsx";
import { ExampleButton } from "./ExampleButton.tsx";
import { ImageFile, useAsked } from "./FileInput.tsx";
import type { InputProps } from "./TryModel.tsx";

type Source = "file" | "camera" | "sheet";

const OTHERS: Record<Source, string> = {
  file: t("tryModel.chooseAFile"),
  camera: t("tryModel.useTheCamera"),
  sheet: t("tryModel.drawOne"),
};

/** A picture from a file, the camera or the test set, or drawn here. */
export function PictureInput({ model, busy, onPredict }: InputProps) {
  const [source, setSource] = useState<Source>("file");
  const [asked, ask] = useAsked(onPredict);
  const others = (["file", "camera", "sheet"] as const).filter((each) => each !== source);
  return (
    <Stack gap="sm">
      {source === "sheet" && <DrawInput busy={busy} onDrawn={(drawn) => ask(drawn, t("tryModel.sheet"))} />}
      {source === "camera" && (
        <CameraInput busy={busy} onTaken={(taken) => ask(taken, t("tryModel.cameraSees"))} />
      )}
      {source === "file" && (
        <ImageFile busy={busy} asked={asked} onAsk={ask}>
          <ExampleButton
            modelId={model.id}
            onExample={({ example: { png } }) => png && ask(blobOf(png, "image/png"), t("tryModel.example"))}
          />
        </ImageFile>
      )}
      <Group gap="xs">
        {others.map((each) => (
          <Button key={each} variant="subtle" size="compact-sm" onClick={() => setSource(each)}>
            {OTHERS[each]}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}
