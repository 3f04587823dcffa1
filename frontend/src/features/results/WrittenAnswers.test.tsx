import { MantineProvider } from "@mantine/core";
import { render, screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { WrittenTable } from "./WrittenAnswers.tsx";

it("puts what the base wrote beside what the model writes, each with its grades", async () => {
  render(
    <MantineProvider>
      <WrittenTable
        rows={[
          {
            row: 1,
            place: {},
            truth: "Oslo",
            prediction: "It is Oslo.",
            confidence: null,
            error: 0.5,
            example: null,
            written: {
              prompt: "Capital of Norway?",
              base_prediction: "nine",
              grades: { contains: 1 },
              base_grades: { contains: 0 },
            },
          },
        ]}
      />
    </MantineProvider>,
  );
  const cells = (await screen.findAllByRole("row"))[1];
  expect(
    cells &&
      within(cells)
        .getAllByRole("cell")
        .map(({ textContent }) => textContent),
  ).toEqual(["Capital of Norway?", "Oslo", "ninecontains 0.0 %", "It is Oslo.contains 100.0 %"]);
});
