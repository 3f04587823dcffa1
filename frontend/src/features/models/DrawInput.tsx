import { Button, Group, Stack, Switch, Text } from "@mantine/core";
import { type PointerEvent, useEffect, useRef, useState } from "react";
import { t } from "../../i18n/index.ts";
import classes from "./DrawInput.module.css";

const SIZE = 224;
/** As thick as a pen's line in a small picture, a tenth of its side. */
const PEN = SIZE / 10;

interface Props {
  busy: boolean;
  /** Takes the drawing as a PNG file. */
  onDrawn: (drawing: Blob) => void;
}

/** A sheet to draw a picture on with a mouse, a pen or a finger, such as a digit. */
export function DrawInput({ busy, onDrawn }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef<[number, number] | null>(null);
  const [isDark, setDark] = useState(true);
  const [isEmpty, setEmpty] = useState(true);

  const clear = () => setEmpty(true);
  useEffect(() => {
    const pen = canvas.current?.getContext("2d");
    if (!pen || !isEmpty) return;
    pen.fillStyle = isDark ? "#000" : "#fff";
    pen.fillRect(0, 0, SIZE, SIZE);
  }, [isDark, isEmpty]);

  const place = (event: PointerEvent<HTMLCanvasElement>): [number, number] => {
    const box = event.currentTarget.getBoundingClientRect();
    const scale = SIZE / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  };
  const draw = (event: PointerEvent<HTMLCanvasElement>) => {
    const pen = canvas.current?.getContext("2d");
    if (!pen || !last.current) return;
    const next = place(event);
    pen.strokeStyle = isDark ? "#fff" : "#000";
    pen.lineWidth = PEN;
    pen.lineCap = "round";
    pen.beginPath();
    pen.moveTo(...last.current);
    pen.lineTo(...next);
    pen.stroke();
    last.current = next;
  };
  const begin = (event: PointerEvent<HTMLCanvasElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    last.current = place(event);
    draw(event);
    setEmpty(false);
  };
  const send = () => canvas.current?.toBlob((drawing) => drawing && onDrawn(drawing), "image/png");
  return (
    <Stack gap="sm">
      <canvas
        ref={canvas}
        width={SIZE}
        height={SIZE}
        className={classes.sheet}
        role="img"
        aria-label={t("tryModel.sheet")}
        onPointerDown={begin}
        onPointerMove={draw}
        onPointerUp={() => (last.current = null)}
      />
      <Text size="xs" c="dimmed">
        {t("tryModel.drawHint")}
      </Text>
      <Switch
        size="xs"
        label={t("tryModel.lightOnDark")}
        checked={isDark}
        onChange={(event) => {
          setDark(event.currentTarget.checked);
          clear();
        }}
      />
      <Group gap="xs">
        <Button variant="default" loading={busy} disabled={isEmpty} onClick={send}>
          {t("tryModel.predict")}
        </Button>
        <Button variant="subtle" disabled={isEmpty} onClick={clear}>
          {t("tryModel.clearSheet")}
        </Button>
      </Group>
    </Stack>
  );
}
