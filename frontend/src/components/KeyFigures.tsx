import { Card, Progress, Text } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./KeyFigures.module.css";

export interface KeyFigure {
  label: string;
  value: ReactNode;
  note?: ReactNode;
  /** How much of what is allowed it is, 0 to 1 and beyond; drawn as a bar. */
  share?: number;
  testId?: string;
}

/** What one wants to know of a thing at first sight, in one row under its title. */
export function KeyFigures({ figures }: { figures: KeyFigure[] }) {
  return (
    <Card padding="md">
      <dl className={classes.row}>
        {figures.map(({ label, value, note, share, testId }) => (
          <div key={label} className={classes.figure}>
            <dt className="label">{label}</dt>
            <Text component="dd" m={0} fz={{ base: 20, sm: 24 }} fw={600} lh={1.35} className="figures">
              <span data-testid={testId}>{value}</span>
              {note && (
                <Text span display="block" size="xs" c="dimmed" fw={400}>
                  {note}
                </Text>
              )}
            </Text>
            {share !== undefined && (
              <Progress
                component="dd"
                m={0}
                mt={6}
                size="xs"
                value={Math.min(share, 1) * 100}
                color={share >= 1 ? "red" : share >= 0.8 ? "yellow" : "signal"}
                aria-label={label}
              />
            )}
          </div>
        ))}
      </dl>
    </Card>
  );
}
