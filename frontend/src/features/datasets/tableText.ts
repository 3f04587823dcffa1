/** Reads the beginning of a table in plain text: its columns and some of its rows. */

export interface TableHead {
  columns: string[];
  /** Cells as they stand in the file, in the order of `columns`. */
  rows: string[][];
}

export const NO_TABLE: TableHead = { columns: [], rows: [] };
const HEAD_BYTES = 262_144;
const ROWS = 300;
const SEPARATORS = [",", ";", "\t", "|"];

/** The separator that the first line has most of, outside quotes. */
function separatorOf(text: string): string {
  const counts = new Map(SEPARATORS.map((each) => [each, 0]));
  let quoted = false;
  for (const char of text) {
    if (char === '"') quoted = !quoted;
    else if (!quoted && (char === "\n" || char === "\r")) break;
    else if (!quoted && counts.has(char)) counts.set(char, (counts.get(char) ?? 0) + 1);
  }
  return [...counts].reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}

/** Records of a CSV text (RFC 4180), up to `most`. */
export function recordsIn(text: string, most: number): string[][] {
  const separator = separatorOf(text);
  const records: string[][] = [];
  let record: string[] = [];
  let field = "";
  let quoted = false;
  const endRecord = () => {
    record.push(field.trim());
    if (record.some(Boolean)) records.push(record);
    record = [];
    field = "";
  };
  for (let i = 0; i < text.length && records.length < most; i += 1) {
    const char = text.charAt(i);
    if (quoted && char === '"' && text.charAt(i + 1) === '"') {
      field += char;
      i += 1;
    } else if (char === '"') quoted = !quoted;
    else if (!quoted && char === separator) {
      record.push(field.trim());
      field = "";
    } else if (!quoted && (char === "\n" || char === "\r")) endRecord();
    else field += char;
  }
  if ((field !== "" || record.length > 0) && records.length < most) endRecord();
  return records;
}

/** Without the index that pandas and R write first: a column without a name, or without its place in the header. */
export function csvHead(text: string): TableHead {
  const [header = [], ...records] = recordsIn(text, ROWS + 1);
  const skipped = records.length > 0 && records.every((row) => row.length === header.length + 1) ? 1 : 0;
  const named = header.flatMap((name, at) => (name ? [at] : []));
  return {
    columns: named.map((at) => header[at] ?? ""),
    rows: records
      .filter((row) => row.length === header.length + skipped)
      .map((row) => named.map((at) => row[at + skipped] ?? "")),
  };
}

/** The items of a JSON array as far as they are whole. */
function* itemsIn(text: string): Generator<string> {
  let depth = 0;
  let begin = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === "{" || token === "[") {
      if (depth === 1) begin = index;
      depth += 1;
    } else if (token === "}" || token === "]") {
      depth -= 1;
      if (depth === 1) yield text.slice(begin, index + 1);
    }
  }
}

/** Of JSON lines, or an array; what is no complete object ends it. */
export function jsonHead(text: string): TableHead {
  const columns: string[] = [];
  const objects: Record<string, unknown>[] = [];
  const rows = text.trimStart().startsWith("[") ? [...itemsIn(text)] : text.split("\n");
  for (const row of rows.slice(0, ROWS)) {
    try {
      const value: unknown = JSON.parse(row);
      if (typeof value !== "object" || value === null || Array.isArray(value)) break;
      objects.push(value as Record<string, unknown>);
      columns.push(...Object.keys(value).filter((name) => !columns.includes(name)));
    } catch {
      break;
    }
  }
  const cell = (value: unknown) =>
    value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
  return { columns, rows: objects.map((object) => columns.map((name) => cell(object[name]))) };
}

const startOf = async (file: File) => (await file.slice(0, HEAD_BYTES).text()).replace(/^\uFEFF/, "");

/** The first lines of a text, whole ones where the file has more. */
export async function linesOf(file: File): Promise<string> {
  const text = await startOf(file);
  return file.size <= HEAD_BYTES ? text : text.slice(0, text.lastIndexOf("\n") + 1);
}

/** What the file tells in plain text; nothing for a Parquet file. */
export async function headOf(file: File): Promise<TableHead> {
  if (/\.(csv|tsv)$/i.test(file.name)) return csvHead(await linesOf(file));
  if (/\.(json|jsonl|ndjson)$/i.test(file.name)) return jsonHead(await startOf(file));
  return NO_TABLE;
}
