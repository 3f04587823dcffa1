import { Anchor, Checkbox, Group, Text, UnstyledButton, useComputedColorScheme } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { type ColumnDef, flexRender, getCoreRowModel, type Row, useReactTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { Link } from "react-router";
import { paths } from "../../../app/paths.ts";
import { Money } from "../../../components/Money.tsx";
import { StateBadge } from "../../../components/StateBadge.tsx";
import { t } from "../../../i18n/index.ts";
import type { Job } from "../queries.ts";
import { columnWords } from "./columns.tsx";
import classes from "./JobTable.module.css";
import { sortKey } from "./view.ts";

const ROW = 45;
const AHEAD = 30;

interface Props {
  jobs: Job[];
  columns: readonly string[];
  sort: string;
  selected: ReadonlySet<string>;
  selectable: boolean;
  onSort: (sort: string) => void;
  onSelect: (ids: ReadonlySet<string>) => void;
  /** Called when the end comes near. */
  onEnd: () => void;
}

interface Meta {
  width?: number | undefined;
  number?: boolean | undefined;
}

/** Two of what one checks on a phone: how it stands and what it costs. */
const NARROW = ["cost"];

export function JobTable(props: Props) {
  const { jobs, selected, onEnd } = props;
  const narrow = useMediaQuery("(max-width: 48em)");
  const scroller = useRef<HTMLDivElement>(null);
  const columns = useColumns(props, narrow);
  // eslint-disable-next-line react-hooks/incompatible-library -- the table and its rows are rendered here alone
  const table = useReactTable({
    data: jobs,
    columns,
    getCoreRowModel: getCoreRowModel(),
    getRowId: (job) => job.id,
  });
  const { rows } = table.getRowModel();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - AHEAD) onEnd();
  }, [last, rows.length, onEnd]);

  const before = shown[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  const width = columns.reduce((sum, { meta }) => sum + ((meta as Meta).width ?? 0), narrow ? 0 : 220);
  return (
    <div ref={scroller} className={classes.scroller} tabIndex={0} role="group" aria-label={t("jobs.jobs")}>
      <table className={classes.table} style={{ minWidth: width }} aria-rowcount={rows.length + 1}>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map(({ id, column, getContext }) => {
                const meta = column.columnDef.meta as Meta;
                return (
                  <th
                    key={id}
                    style={{ width: meta.width }}
                    className={meta.number ? "number" : undefined}
                    aria-sort={ariaSort(id, props.sort)}
                  >
                    {flexRender(column.columnDef.header, getContext())}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          <Space height={before} columns={columns.length} />
          {shown.map(({ index }) => {
            const row = rows[index];
            return row && <JobRow key={row.id} row={row} index={index} selected={selected.has(row.id)} />;
          })}
          <Space height={after} columns={columns.length} />
        </tbody>
      </table>
    </div>
  );
}

function Space({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    <tr className={classes.space} aria-hidden>
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}

function JobRow({ row, index, selected }: { row: Row<Job>; index: number; selected: boolean }) {
  return (
    <tr aria-rowindex={index + 2} aria-selected={selected}>
      {row.getVisibleCells().map(({ id, column, getContext }) => (
        <td key={id} className={(column.columnDef.meta as Meta).number ? "number" : undefined}>
          {flexRender(column.columnDef.cell, getContext())}
        </td>
      ))}
    </tr>
  );
}

function ariaSort(column: string, sort: string) {
  const key = sortKey(column);
  if (!key || sort.replace(/^-/, "") !== key) return undefined;
  return sort.startsWith("-") ? "descending" : "ascending";
}

function SortButton({
  column,
  label,
  sort,
  onSort,
}: { column: string; label: string } & Pick<Props, "sort" | "onSort">) {
  const key = sortKey(column);
  if (!key) return label;
  const now = ariaSort(column, sort);
  const Arrow = now === "descending" ? IconArrowDown : IconArrowUp;
  return (
    <UnstyledButton
      className={classes.sort}
      onClick={() => onSort(now === "ascending" ? `-${key}` : now === "descending" ? "" : key)}
    >
      {label}
      {now && <Arrow size={13} aria-hidden />}
    </UnstyledButton>
  );
}

function useColumns(props: Props, narrow: boolean): ColumnDef<Job>[] {
  const { jobs, columns, sort, selected, selectable, onSort, onSelect } = props;
  useComputedColorScheme();
  return useMemo(() => {
    const toggle = (id: string) => {
      const next = new Set(selected);
      if (!next.delete(id)) next.add(id);
      onSelect(next);
    };
    const whole = jobs.length > 0 && jobs.every(({ id }) => selected.has(id));
    const select: ColumnDef<Job> = {
      id: "select",
      meta: { width: 44 },
      header: () => (
        <Checkbox
          size="xs"
          aria-label={t("jobs.selectAll")}
          checked={whole}
          indeterminate={!whole && selected.size > 0}
          onChange={() => onSelect(whole ? new Set() : new Set(jobs.map(({ id }) => id)))}
        />
      ),
      cell: ({ row: { original: job } }) => (
        <Checkbox
          size="xs"
          aria-label={t("jobs.select", { name: job.name })}
          checked={selected.has(job.id)}
          onChange={() => toggle(job.id)}
        />
      ),
    };
    const name: ColumnDef<Job> = {
      id: "name",
      meta: {},
      header: () => <SortButton column="name" label={t("jobs.name")} sort={sort} onSort={onSort} />,
      cell: ({ row: { original: job } }) => <NameCell job={job} narrow={narrow} />,
    };
    const state: ColumnDef<Job> = {
      id: "state",
      meta: { width: 176 },
      header: () => <SortButton column="state" label={t("jobs.state")} sort={sort} onSort={onSort} />,
      cell: ({ row: { original: job } }) => <StateBadge state={job.state} verdict={job.verdict} />,
    };
    const others = (narrow ? NARROW : columns).flatMap((id): ColumnDef<Job>[] => {
      const words = columnWords(id);
      if (!words) return [];
      return [
        {
          id,
          meta: { width: narrow ? 96 : words.width, number: words.number },
          header: () => <SortButton column={id} label={words.label} sort={sort} onSort={onSort} />,
          cell: ({ row: { original: job } }) => words.cell(job),
        },
      ];
    });
    // On a phone the state stands beside the name.
    return narrow ? [name, ...others] : [...(selectable ? [select] : []), name, state, ...others];
  }, [jobs, columns, sort, selected, selectable, narrow, onSort, onSelect]);
}

function NameCell({ job, narrow }: { job: Job; narrow: boolean }) {
  return (
    <Group gap="xs" wrap="nowrap" justify="space-between">
      <Anchor component={Link} to={paths.job(job.id)} fw={550} size="sm" truncate>
        {job.name}
      </Anchor>
      <Group gap={6} wrap="nowrap">
        {narrow && job.state === "running" && (
          <Text size="xs" c="dimmed" className="figures">
            {Math.floor(job.progress.percent)} %
          </Text>
        )}
        {narrow && <StateBadge state={job.state} verdict={job.verdict} short />}
      </Group>
    </Group>
  );
}

/** What several jobs cost together. */
export function TotalCost({ jobs }: { jobs: readonly Job[] }) {
  const [first] = jobs;
  if (!first) return null;
  const micros = jobs.reduce((sum, { cost }) => sum + BigInt(cost.billed.replace(".", "")), 0n);
  const text = micros.toString().padStart(7, "0");
  return <Money amount={`${text.slice(0, -6)}.${text.slice(-6)}`} currency={first.cost.currency} exact />;
}
