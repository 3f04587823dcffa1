import { Text } from "@mantine/core";
import { t } from "../../i18n/index.ts";
import type { AdminWorker } from "./queries.ts";
import classes from "./SlotCells.module.css";

const MOST_CELLS = 32;

/** The slots of a worker: filled where a job runs, hatched where none may begin. */
export function SlotCells({ worker }: { worker: AdminWorker }) {
  const { slots, slots_taken: taken } = worker;
  const open = worker.state === "active" && worker.online && worker.has_room;
  const kindOf = (index: number) => (index < taken ? "taken" : open ? "free" : "closed");
  return (
    <div>
      {slots <= MOST_CELLS && (
        <div className={classes.cells} aria-hidden>
          {Array.from({ length: slots }, (_, index) => (
            <span key={index} className={classes.cell} data-kind={kindOf(index)} />
          ))}
        </div>
      )}
      <Text size="xs" c="dimmed" className="figures">
        {t("operators.ofAll", { n: taken, all: slots })}
      </Text>
    </div>
  );
}
