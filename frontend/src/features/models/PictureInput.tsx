import { Button, Stack } from "@mantine/core";
import { useState } from "react";
import { t } from "../../i18n/index.ts";
import { base64Of } from "./base64.ts";
import { DrawInput } from "./DrawInput.tsx";
import { ImageInput } from "./FileInput.tsx";
import type { InputProps } from "./TryModel.tsx";

/** A picture from a file, or drawn here. */
export function PictureInput(props: InputProps) {
  const [drawing, setDrawing] = useState(false);
  const send = async (drawn: Blob) => props.onPredict(await base64Of(drawn));
  return (
    <Stack gap="sm" align="flex-start">
      {drawing ? (
        <DrawInput busy={props.busy} onDrawn={(drawn) => void send(drawn)} />
      ) : (
        <ImageInput {...props} />
      )}
      <Button variant="subtle" size="compact-sm" onClick={() => setDrawing(!drawing)}>
        {drawing ? t("models.chooseAFile") : t("models.drawOne")}
      </Button>
    </Stack>
  );
}
