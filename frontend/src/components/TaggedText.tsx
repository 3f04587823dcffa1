import { Mark, Text } from "@mantine/core";
import { Fragment } from "react";
import classes from "./TaggedText.module.css";

/** A part of a text; with a label it is marked. */
export interface Piece {
  text: string;
  label?: string;
}

const COLORS = ["blue", "orange", "teal", "grape", "lime", "pink", "cyan", "yellow"] as const;

/** The same for a label wherever it stands. */
const colorOf = (label: string) => {
  const sum = Array.from(label).reduce((total, sign) => (total * 31 + sign.charCodeAt(0)) % 9973, 7);
  return COLORS[sum % COLORS.length] ?? "blue";
};

/** A text with what was found in it marked, each mark with its label. */
export function TaggedText({ pieces }: { pieces: Piece[] }) {
  return (
    <Text size="sm" component="p" m={0} className={classes.text}>
      {pieces.map(({ text, label }, index) =>
        label === undefined ? (
          <Fragment key={index}>{text}</Fragment>
        ) : (
          <Mark key={index} color={colorOf(label)} className={classes.mark ?? ""}>
            {text}
            <span className={classes.label}>{label}</span>
          </Mark>
        ),
      )}
    </Text>
  );
}
