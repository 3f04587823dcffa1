/** What a file most likely is for, from its content: always a first choice, which can be corrected. */
import type { Task } from "../../words/tasks.ts";
import { type ColumnChoice, NO_COLUMNS, WIDE } from "./columns.ts";
import type { TableHead } from "./tableText.ts";

export type Kind = "number" | "time" | "text" | "category" | "empty";

export interface Guess {
  task: Task;
  choice: ColumnChoice;
}

const LONG_TEXT = 28;
const FEW_VALUES = 12;
const MOST_LINES = 200;
const NUMBER = /^[-+]?(\d[\d ]*|\d*[.,]\d+|\d+[.,]?)(e[-+]?\d+)?$/i;
const TIME = /^\d{4}-\d{1,2}(-\d{1,2}([T ]\d{1,2}:\d{2}.*)?)?$|^\d{1,2}[./]\d{1,2}[./]\d{2,4}/;
const TIME_NAME = /(^|_)(time|timestamp|date|datetime|day|hour|month|week|at|ds)$/i;
const TARGET_NAME = /^(target|label|class|category|y|species|outcome|topic|sentiment|diagnosis|price)$/i;
const USER_NAME = /^(user|user_?id|customer|customer_?id|reader|member)$/i;
const ITEM_NAME = /^(item|item_?id|product|product_?id|movie|movie_?id|book|isbn|song|track)$/i;
const RATING_NAME = /^(rating|stars|score)$/i;
const LANGUAGE =
  /^(en|de|fr|es|it|pt|nl|zh|ja|ko|ru|ar|pl|tr|english|german|french|spanish|chinese|source|target)$/i;
const SERIES_NAME = /(^|_)(series|id|sensor|meter|station|site|store|town|city|run|device|name)$/i;

/** What the cells of a column are. */
export function kindOfCells(cells: string[]): Kind {
  const filled = cells.filter((cell) => cell !== "" && !/^(na|nan|null|none)$/i.test(cell));
  if (filled.length === 0) return "empty";
  const share = (pattern: RegExp) => filled.filter((cell) => pattern.test(cell)).length / filled.length;
  if (share(TIME) > 0.95) return "time";
  if (share(NUMBER) > 0.95) return "number";
  const length = filled.reduce((sum, cell) => sum + cell.length, 0) / filled.length;
  const distinct = new Set(filled).size / filled.length;
  return length > LONG_TEXT && distinct > 0.5 ? "text" : "category";
}

const rising = (values: string[]) => {
  const numbers = values.map((value) => (NUMBER.test(value) ? Number(value) : Date.parse(value)));
  return numbers.every((each, index) => index === 0 || each >= (numbers[index - 1] ?? -Infinity));
};

class Columns {
  readonly kinds: Map<string, Kind>;

  constructor(private readonly head: TableHead) {
    this.kinds = new Map(head.columns.map((name) => [name, kindOfCells(this.cells(name))]));
  }

  cells(name: string): string[] {
    const place = this.head.columns.indexOf(name);
    return this.head.rows.map((row) => row[place] ?? "");
  }

  of(...kinds: Kind[]): string[] {
    return this.head.columns.filter((name) => kinds.includes(this.kinds.get(name) ?? "empty"));
  }

  named(pattern: RegExp): string | undefined {
    return this.head.columns.find((name) => pattern.test(name));
  }

  areUnique(name: string): boolean {
    return this.distinct(name) === this.head.rows.length;
  }

  distinct(name: string): number {
    return new Set(this.cells(name)).size;
  }
}

const roles = (task: Task, chosen: ColumnChoice["roles"]): Guess => ({
  task,
  choice: { ...NO_COLUMNS, roles: chosen, targets: chosen.target ? [chosen.target] : [] },
});

function recommendation(columns: Columns): Guess | undefined {
  const [user, item] = [columns.named(USER_NAME), columns.named(ITEM_NAME)];
  if (!user || !item) return undefined;
  const [rating, time] = [columns.named(RATING_NAME), columns.named(TIME_NAME)];
  return roles("recommendation", { user, item, ...(rating && { target: rating }), ...(time && { time }) });
}

/** A table with a row per step: a column of times that grow, in each series where a column tells them apart. */
function series(columns: Columns): Guess | undefined {
  const time = columns.of("time").find((name) => columns.distinct(name) > FEW_VALUES);
  const numbers = columns.of("number");
  if (!time || numbers.length === 0) return undefined;
  const times = columns.cells(time);
  const groups = columns
    .of("category")
    .filter((name) => SERIES_NAME.test(name) || columns.distinct(name) < FEW_VALUES);
  const by = groups.find((name) => {
    const cells = columns.cells(name);
    const own = new Map<string, string[]>();
    cells.forEach((cell, index) => own.set(cell, [...(own.get(cell) ?? []), times[index] ?? ""]));
    return [...own.values()].every((each) => rising(each) && new Set(each).size === each.length);
  });
  const isOne = rising(times) && new Set(times).size === times.length;
  if (!isOne && !by) return undefined;
  const target = numbers.find((name) => TARGET_NAME.test(name)) ?? numbers[0] ?? "";
  return roles("time_series_forecasting", { time, target, ...(by ? { series: by } : {}) });
}

const DATED_NAME = /^((19|20)\d{2}|\d{4}-?(\d{1,2}|Q[1-4])(-\d{1,2})?|\d{1,2}[./]\d{1,2}[./]\d{2,4})$/;
const FEWEST_TIMES = 8;

/** A table with a row for each series: its numbers stand under dates. */
function wideSeries(columns: Columns): Guess | undefined {
  const dated = columns.of("number").filter((name) => DATED_NAME.test(name));
  if (dated.length < FEWEST_TIMES) return undefined;
  const names = columns.of("category", "text").find((name) => columns.areUnique(name));
  return roles("time_series_forecasting", { ...WIDE, ...(names && { series: names }) });
}

function texts(columns: Columns): Guess | undefined {
  const found = columns.of("text");
  const [text, second] = found;
  if (!text) return undefined;
  if (second && found.length === 2 && [text, second].every((name) => LANGUAGE.test(name)))
    return roles("translation", { text, target: second });
  const label =
    columns.named(TARGET_NAME) ?? columns.of("category").find((name) => columns.distinct(name) <= FEW_VALUES);
  if (label && label !== text) return roles("text_classification", { text, target: label });
  return columns.kinds.size === 1 ? roles("language_modelling", { text }) : undefined;
}

function pairs(columns: Columns): Guess | undefined {
  const names = [...columns.kinds.keys()];
  const [text, target] = names;
  const isPair =
    names.length === 2 && names.every((name) => LANGUAGE.test(name) && columns.kinds.get(name) !== "number");
  return isPair && text && target ? roles("translation", { text, target }) : undefined;
}

/** Conversations, by the keys of their usual forms. */
function conversations({ columns }: TableHead): Guess | undefined {
  if (columns.includes("chosen") && columns.includes("rejected")) return roles("preference_tuning", {});
  const isTurns = columns.includes("messages") || columns.includes("conversations");
  const isInstruction = columns.includes("instruction") && columns.includes("output");
  return isTurns || isInstruction ? roles("instruction_tuning", {}) : undefined;
}

const TOKENS_NAME = /^(tokens|words)$/i;
const TAGS_NAME = /^(tags|ner_tags|pos_tags|labels)$/i;
const SPANS_NAME = /^(entities|spans|labels?)$/i;

/** Objects of tokens and tags, of a text and its spans, or of letters with a letter each. */
function tagged(columns: Columns): Guess | undefined {
  const cells = (pattern: RegExp) => columns.cells(columns.named(pattern) ?? "");
  const areLists = (values: string[]) =>
    values.some((cell) => cell.startsWith("[")) &&
    values.every((cell) => cell === "" || cell.startsWith("["));
  const areTokens = areLists(cells(TOKENS_NAME)) && areLists(cells(TAGS_NAME));
  const areSpans =
    columns.named(/^text$/i) !== undefined && areLists(cells(SPANS_NAME)) && cells(SPANS_NAME).some(isSpans);
  const letters = cells(/^sequence$/i);
  const labels = cells(/^labels$/i);
  const areLetters =
    letters.some(Boolean) && letters.every((cell, index) => cell.length === labels[index]?.length);
  return areTokens || areSpans || areLetters
    ? { task: "token_classification", choice: NO_COLUMNS }
    : undefined;
}

/** Spans are objects or triples; a list of texts may be labels of the whole. */
const isSpans = (cell: string) => /^\[\s*[[{]/.test(cell);

const TAG = /^([BIESLU](-\S+)?|O)$/;
const DOCUMENT = "-DOCSTART-";

/** Whether a text is columns of tokens and tags (CoNLL): two or more on each line, the last of them a tag. */
export function looksTagged(text: string): boolean {
  const lines = text.split(/\r?\n/).slice(0, MOST_LINES);
  const cells = lines.filter((line) => line.trim() && !line.startsWith(DOCUMENT) && !line.startsWith("# "));
  const columns = cells.map((line) => line.trim().split(/\s+/));
  return (
    columns.length > 1 &&
    columns.every((line) => line.length > 1 && TAG.test(line.at(-1) ?? "")) &&
    new Set(columns.map((line) => line.length)).size === 1
  );
}

/** The task of a table, and which column is what. */
export function guessTable(head: TableHead): Guess {
  const columns = new Columns(head);
  const special =
    conversations(head) ??
    tagged(columns) ??
    recommendation(columns) ??
    wideSeries(columns) ??
    pairs(columns) ??
    texts(columns) ??
    series(columns);
  if (special) return special;
  const target = columns.named(TARGET_NAME) ?? head.columns.at(-1) ?? "";
  const isNumber = columns.kinds.get(target) === "number" && columns.distinct(target) > FEW_VALUES;
  return roles(isNumber ? "tabular_regression" : "tabular_classification", { target, ...firstOf(head) });
}

/** For tasks that somebody may choose instead. */
const firstOf = ({ columns: [first = ""] }: TableHead) => ({ text: first, time: first });

/** The task of an archive, by the names of its files; `undefined` where they do not tell. */
export function guessArchive(names: string[]): Task | undefined {
  const count = (pattern: RegExp) => names.filter((name) => pattern.test(name)).length;
  const [sounds, images, plain] = [
    count(/\.(wav|flac|ogg|oga|opus|mp3|w64)$/i),
    count(/\.(png|jpe?g|bmp|gif|webp|tiff?|avif)$/i),
    count(/\.txt$/i),
  ];
  const most = Math.max(sounds, images, plain);
  if (most === 0) return undefined;
  if (sounds && sounds >= images)
    return plain >= sounds * 0.5 || names.some((name) => /(^|\/)transcripts\.\w+$/i.test(name))
      ? "speech_recognition"
      : "audio_classification";
  if (images === most) return "image_classification";
  const folders = new Set(names.map((name) => name.split("/").slice(0, -1).join("/")));
  return folders.size > 1 ? "text_classification" : "language_modelling";
}
