/** Tags of words as pieces of a text: entities of the schemes IOB and BIOES, or runs of plain tags. */
import type { Piece } from "./TaggedText.tsx";

export interface PlacedEntity {
  start: number;
  end: number;
  label: string;
}

const OUTSIDE = "O";
const MARKING = /^([BIES])-(.+)$/s;
const BARE = /^[BIES]$/;

/** A text with the entities that stand in it; places count characters as Python does, by code points. */
export function piecesOfText(text: string, entities: readonly PlacedEntity[]): Piece[] {
  const signs = Array.from(text);
  const pieces: Piece[] = [];
  let at = 0;
  for (const { start, end, label } of [...entities].sort((a, b) => a.start - b.start)) {
    if (start > at) pieces.push({ text: signs.slice(at, start).join("") });
    pieces.push({ text: signs.slice(start, end).join(""), label });
    at = end;
  }
  if (at < signs.length) pieces.push({ text: signs.slice(at).join("") });
  return pieces;
}

/** Whether tags mark entities of several words, and do not stand each for itself. */
export function marksEntities(tags: readonly string[]): boolean {
  const marking = tags.filter((tag) => tag !== OUTSIDE);
  return (
    marking.every((tag) => MARKING.test(tag)) ||
    (tags.includes("B") && marking.every((tag) => BARE.test(tag)))
  );
}

interface Marked {
  label: string | undefined;
  opens: boolean;
}

/** Whether a word goes on with what the word before is of, by the rules of conlleval. */
function marked(tag: string, before: string | undefined, isEntity: boolean): Marked {
  if (!isEntity) return { label: tag === OUTSIDE ? undefined : tag, opens: tag !== before };
  const [prefix, type] = partsOf(tag);
  if (prefix === OUTSIDE) return { label: undefined, opens: before !== undefined && before !== OUTSIDE };
  const [last, lastType] = partsOf(before ?? OUTSIDE);
  const goesOn = (last === "B" || last === "I") && (prefix === "I" || prefix === "E") && type === lastType;
  return { label: type, opens: !goesOn };
}

function partsOf(tag: string): [string, string] {
  const found = MARKING.exec(tag);
  if (found) return [found[1] ?? OUTSIDE, found[2] ?? ""];
  return BARE.test(tag) ? [tag, "_"] : [OUTSIDE, ""];
}

/**
 * Words with a tag each as pieces of a text; words are parted by spaces unless all are single letters. `isEntity` says
 * how tags are meant where these few do not tell.
 */
export function piecesOfTags(
  tokens: readonly string[],
  tags: readonly string[],
  isEntity: boolean = marksEntities(tags),
): Piece[] {
  const between = tokens.every((token) => Array.from(token).length === 1) ? "" : " ";
  const pieces: Piece[] = [];
  tokens.forEach((token, index) => {
    const { label, opens } = marked(tags[index] ?? OUTSIDE, tags[index - 1], isEntity);
    const last = pieces.at(-1);
    if (last && !opens && last.label === label) last.text += between + token;
    else {
      if (last && between) pieces.push({ text: between });
      pieces.push(label === undefined ? { text: token } : { text: token, label });
    }
  });
  return pieces;
}
