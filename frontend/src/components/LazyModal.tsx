import type { ModalProps } from "@mantine/core";
import { lazy, Suspense } from "react";

const Modal = lazy(() => import("./loaded/Modal.ts"));

/** A dialog over the page; what draws it is loaded with the first one. */
export function LazyModal(props: ModalProps) {
  return <Suspense>{props.opened && <Modal {...props} />}</Suspense>;
}
