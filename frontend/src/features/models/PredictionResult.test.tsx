import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { PredictionResult } from "./PredictionResult.tsx";
import type { Prediction } from "./queries.ts";

function show(prediction: Prediction) {
  render(
    <MantineProvider env="test">
      <PredictionResult prediction={prediction} />
    </MantineProvider>,
  );
}

const UNKNOWN = { code: "unknown_category", message: "Training never met the plan gold.", column: "plan" };
const STRANGER = { code: "unknown_user", message: "Training never met this user.", column: "user" };

it("shows below an answer what the model did not know", () => {
  show({ label: "stay", probabilities: { stay: 0.52, leave: 0.48 }, warnings: [UNKNOWN] });
  expect(screen.getByRole("status").textContent).toContain("stay");
  expect(screen.getByRole("note").textContent).toContain("Training never met the plan gold.");
});

it("says nothing more where nothing is to be said", () => {
  show({ value: 1.5, warnings: [] });
  expect(screen.queryByRole("note")).toBeNull();
});

it("warns beside recommended items too", () => {
  show({ items: [{ item: "Nosferatu", score: 1 }], known_user: false, warnings: [STRANGER] });
  expect(screen.getByRole("note").textContent).toContain("Training never met this user.");
});

it("shows all labels of a row, and says when there is none", () => {
  show({ labels: ["garden", "scented"], probabilities: { garden: 0.9, scented: 0.6 }, warnings: [] });
  expect(screen.getByRole("status").textContent).toContain("garden, scented");
  show({ labels: [], probabilities: { garden: 0.1 }, warnings: [] });
  expect(screen.getAllByRole("status")[1]?.textContent).toContain("none of the labels");
});

it("shows how similar two texts are, and how the vector of one begins", () => {
  show({ similarity: 0.875, warnings: [] });
  expect(screen.getByRole("status").textContent).toContain("similarity 0.875");
  show({ embedding: Array.from({ length: 128 }, (_, place) => place), warnings: [] });
  const vector = screen.getAllByRole("status")[1]?.textContent;
  expect(vector).toContain("0, 1, 2, 3, 4, 5, 6, 7, …");
  expect(vector).toContain("128 numbers");
});

it("shows a number of each target, and the steps of a forecast in order", () => {
  show({ values: { price: 3.5, weight: 80 }, warnings: [] });
  expect(screen.getByRole("status").textContent).toContain("price 3.5, weight 80");
  show({ values: [1, 2], warnings: [] });
  expect(screen.getAllByRole("status")[1]?.textContent).toContain("1, 2");
});
