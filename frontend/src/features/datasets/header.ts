/** Reads the column names from the beginning of a table, to offer them as targets before anything is uploaded. */
const HEAD_BYTES = 65_536;

/** Fields of the first record of a CSV text (RFC 4180). */
export function csvHeader(text: string): string[] {
  const fields: string[] = [];
  let field = "";
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charAt(i);
    if (quoted && char === '"' && text.charAt(i + 1) === '"') {
      field += char;
      i += 1;
    } else if (char === '"') {
      quoted = !quoted;
    } else if (!quoted && (char === "," || char === ";" || char === "\t")) {
      fields.push(field);
      field = "";
    } else if (!quoted && (char === "\n" || char === "\r")) {
      break;
    } else {
      field += char;
    }
  }
  return [...fields, field].map((name) => name.trim()).filter(Boolean);
}

/** Keys of the first object of a JSONL text; none when its first line is no complete object. */
export function jsonlHeader(text: string): string[] {
  try {
    const first: unknown = JSON.parse(text.split("\n", 1)[0] ?? "");
    return typeof first === "object" && first !== null ? Object.keys(first) : [];
  } catch {
    return [];
  }
}

/** Column names as far as the file tells them in plain text; none for a Parquet file. */
export async function columnsOf(file: File): Promise<string[]> {
  const head = () => file.slice(0, HEAD_BYTES).text();
  if (/\.(csv|tsv)$/i.test(file.name)) return csvHeader((await head()).replace(/^\uFEFF/, ""));
  if (/\.(jsonl|ndjson)$/i.test(file.name)) return jsonlHeader(await head());
  return [];
}
