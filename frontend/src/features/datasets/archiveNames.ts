/** Names of the files in a zip or tar, without unpacking it: from its directory, or its first headers. */

const TAIL_BYTES = 65_557;
const MOST_DIRECTORY_BYTES = 4_194_304;
const HEAD_BYTES = 1_048_576;
const END = 0x06054b50;
const ENTRY = 0x02014b50;
const BLOCK = 512;

async function zipNames(file: File): Promise<string[]> {
  const from = Math.max(file.size - TAIL_BYTES, 0);
  const tail = new DataView(await file.slice(from).arrayBuffer());
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== END) end -= 1;
  if (end < 0) return [];
  const size = tail.getUint32(end + 12, true);
  const begin = tail.getUint32(end + 16, true);
  const part = await file.slice(begin, begin + Math.min(size, MOST_DIRECTORY_BYTES)).arrayBuffer();
  const directory = new DataView(part);
  const decoder = new TextDecoder();
  const names: string[] = [];
  for (let at = 0; at + 46 <= directory.byteLength && directory.getUint32(at, true) === ENTRY;) {
    const length = directory.getUint16(at + 28, true);
    names.push(decoder.decode(part.slice(at + 46, at + 46 + length)));
    at += 46 + length + directory.getUint16(at + 30, true) + directory.getUint16(at + 32, true);
  }
  return names;
}

/** The first bytes of a file, unpacked if it is gzipped. */
async function headOf(file: File): Promise<Uint8Array> {
  const head = file.slice(0, HEAD_BYTES);
  if (!/gz$/i.test(file.name)) return new Uint8Array(await head.arrayBuffer());
  const reader = head.stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    while (size < HEAD_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      size += value.byteLength;
    }
  } catch {
    // the head of a longer file ends in the middle
  }
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

async function tarNames(file: File): Promise<string[]> {
  const head = await headOf(file);
  const decoder = new TextDecoder();
  const text = (begin: number, end: number) => decoder.decode(head.slice(begin, end)).split("\0", 1)[0] ?? "";
  const names: string[] = [];
  for (let at = 0; at + BLOCK <= head.byteLength && head[at] !== 0;) {
    const size = parseInt(text(at + 124, at + 136).trim(), 8);
    const kind = text(at + 156, at + 157);
    if (!Number.isFinite(size)) break;
    if (kind === "" || kind === "0") names.push(text(at, at + 100));
    at += BLOCK * (1 + Math.ceil(size / BLOCK));
  }
  return names;
}

/** Names as they stand there, without folders; of a long tar the first ones. */
export async function namesIn(file: File): Promise<string[]> {
  try {
    const names = await (/\.zip$/i.test(file.name) ? zipNames(file) : tarNames(file));
    return names.filter((name) => !/(\/|\\)$/.test(name) && !/(^|\/)(\.|__MACOSX)/.test(name));
  } catch {
    return [];
  }
}
