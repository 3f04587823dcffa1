/** The texts that every page needs. */
export { common } from "./common.ts";
export { format } from "./format.ts";
export { problems } from "./problems.ts";
export { shell } from "./shell.ts";
export { terms } from "./terms.ts";
