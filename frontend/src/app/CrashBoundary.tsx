import { Component, type ReactNode } from "react";
import { CrashPage } from "./ErrorPages.tsx";

interface State {
  crashed: boolean;
}

/** Says so where a screen fails or its code cannot be loaded, in place of an empty page. */
export class CrashBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { crashed: false };

  static getDerivedStateFromError(): State {
    return { crashed: true };
  }

  override render(): ReactNode {
    return this.state.crashed ? <CrashPage /> : this.props.children;
  }
}
