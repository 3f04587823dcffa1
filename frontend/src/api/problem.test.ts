import { expect, it } from "vitest";
import { ApiProblem, asProblem, problemOf } from "./problem.ts";

it("reads a problem document", () => {
  const problem = problemOf(400, {
    detail: "The spec is not valid.",
    code: "invalid_spec",
    hint: "See errors.",
    request_id: "req_1",
    errors: [{ field: "training.epochs", code: "invalid", message: "Must be at least 1.", hint: "Try 5." }],
  });
  expect(problem).toMatchObject({
    message: "The spec is not valid.",
    code: "invalid_spec",
    requestId: "req_1",
  });
  expect(problem.field("training.epochs")).toBe("Must be at least 1. Try 5.");
  expect(problem.field("name")).toBeUndefined();
});

it.each([null, "<html>", { detail: 3 }])("says the status when the answer is %j", (body) => {
  expect(problemOf(502, body).message).toBe("The server answered with status 502.");
});

it("takes a failed fetch for a lost connection, and a problem for itself", () => {
  expect(asProblem(new TypeError("Failed to fetch")).code).toBe("unreachable");
  const problem = new ApiProblem("No.", 403, "permission_denied");
  expect(asProblem(problem)).toBe(problem);
});
