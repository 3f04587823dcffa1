import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import { LazySelect } from "./LazySelect.tsx";
import { NumberField, readNumber } from "./NumberField.tsx";

const POOLS = [
  { value: "a", label: "Pool A" },
  { value: "b", label: "Pool B" },
];

function Pools() {
  const [pool, setPool] = useState<string | null>("a");
  return <LazySelect label="Pool" data={POOLS} value={pool} onChange={setPool} allowDeselect={false} />;
}

function Rate({ onNumber }: { onNumber: (value: number | "") => void }) {
  const [rate, setRate] = useState<number | "">(1);
  const change = (value: number | "") => {
    setRate(value);
    onNumber(value);
  };
  return <NumberField label="Rate" value={rate} onChange={change} min={0} max={10} />;
}

const shown = (label: string) => screen.getByLabelText<HTMLInputElement>(label, { selector: "input" });

describe("a choice whose list comes later", () => {
  it("names what is chosen before anybody turns to it, and opens at the first press", async () => {
    const user = userEvent.setup();
    render(<Pools />, {
      wrapper: ({ children }) => <MantineProvider env="test">{children}</MantineProvider>,
    });
    expect(shown("Pool").value).toBe("Pool A");
    await user.click(shown("Pool"));
    await user.click(await screen.findByRole("option", { name: "Pool B" }));
    expect(shown("Pool").value).toBe("Pool B");
  });
});

describe("a list that is open", () => {
  it("is told of by its field from the first opening on", async () => {
    const user = userEvent.setup();
    render(<Pools />, {
      wrapper: ({ children }) => <MantineProvider env="test">{children}</MantineProvider>,
    });
    await user.click(shown("Pool"));
    await screen.findByRole("option", { name: "Pool B" });
    await waitFor(() => expect(shown("Pool").getAttribute("aria-expanded")).toBe("true"));
    const list = screen.getByRole("listbox");
    expect(shown("Pool").getAttribute("aria-controls")).toBe(list.id);
  });
});

describe("a number", () => {
  it.each([
    ["0,5", 0.5],
    [" 1e-3 ", 0.001],
    ["-", ""],
    ["", ""],
  ])("%j reads as %j", (text, number) => expect(readNumber(text)).toBe(number));

  it("may be typed in pieces, and is brought into its bounds when its field is left", async () => {
    const told: (number | "")[] = [];
    render(<Rate onNumber={(value) => told.push(value)} />, {
      wrapper: ({ children }) => <MantineProvider env="test">{children}</MantineProvider>,
    });
    const user = userEvent.setup();
    await user.clear(shown("Rate"));
    await user.type(shown("Rate"), "0,5");
    expect(shown("Rate").value).toBe("0,5");
    expect(told.at(-1)).toBe(0.5);
    await user.clear(shown("Rate"));
    await user.type(shown("Rate"), "70");
    fireEvent.blur(shown("Rate"));
    expect(told.at(-1)).toBe(10);
  });
});
