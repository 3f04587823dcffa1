import { useEffect, useReducer, useRef, useState } from "react";

interface Opening {
  defaultDropdownOpened?: boolean | undefined;
  onDropdownOpen?: (() => void) | undefined;
  onDropdownClose?: (() => void) | undefined;
}

/**
 * Has a field of options tell that its list is open, and which it is: the library learns the list's name after it has
 * drawn the field, and left the first opening untold to those who listen. Drawn again each frame until it is told.
 */
export function useTold({ defaultDropdownOpened = false, onDropdownOpen, onDropdownClose }: Opening) {
  const ref = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState(defaultDropdownOpened);
  const [, drawAgain] = useReducer((times: number) => times + 1, 0);
  useEffect(() => {
    if (!open || ref.current?.getAttribute("aria-expanded") === "true") return undefined;
    const frame = requestAnimationFrame(drawAgain);
    return () => cancelAnimationFrame(frame);
  });
  return {
    ref,
    onDropdownOpen: () => {
      setOpen(true);
      onDropdownOpen?.();
    },
    onDropdownClose: () => {
      setOpen(false);
      onDropdownClose?.();
    },
  };
}
