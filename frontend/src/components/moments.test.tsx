import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { At } from "./At.tsx";
import { Ago } from "./Moment.tsx";

it.each([At, Ago])("says a moment in the reader's zone, and on hover in UTC", (Moment) => {
  render(<Moment iso="2026-01-31T23:30:00Z" />);
  const time = screen.getByText(/.+/, { selector: "time" });
  expect(time.getAttribute("title")).toMatch(/31.*UTC$/);
});
