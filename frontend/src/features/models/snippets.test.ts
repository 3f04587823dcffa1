import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Model } from "./queries.ts";
import { snippetsFor } from "./snippets.ts";

const ORIGIN = "https://train.example";
const PICTURE = Buffer.from([...Array(300).keys()].map((value) => value % 256));
let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "snippets-"));
  writeFileSync(join(directory, "picture.png"), PICTURE);
});
afterEach(() => rmSync(directory, { recursive: true }));

const codeOf = (task: Model["task"], language: string) =>
  snippetsFor({ id: "mdl_1", task } as Model, null, ORIGIN).find((each) => each.language === language)
    ?.code ?? "";

/** What a shell says to `code`, with commands of the given names that print what they are given. */
function shell(code: string): string {
  const doubles = "curl() { cat; }; trainyard() { cat inputs.json; };";
  return execFileSync("sh", ["-c", `${doubles} ${code}`], { cwd: directory, encoding: "utf8" });
}

describe("a snippet runs as it is shown", () => {
  it.each(["curl", "cli"])("%s sends a picture that lies beside it", (language) => {
    const body = JSON.parse(shell(codeOf("image_classification", language))) as { inputs: string[] };
    expect(Buffer.from(body.inputs[0] ?? "", "base64")).toEqual(readFileSync(join(directory, "picture.png")));
  });

  it.each(["curl", "cli"])("%s sends a text", (language) => {
    const body = JSON.parse(shell(codeOf("text_classification", language))) as unknown;
    expect(body).toEqual({ inputs: ["a text to classify"] });
  });

  it("Python reads the picture", () => {
    expect(codeOf("image_classification", "python")).toContain(
      'client.predict("mdl_1", [Path("picture.png")])',
    );
  });
});
