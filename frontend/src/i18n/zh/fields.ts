import type { FieldTexts } from "../en/fields.ts";
import texts from "./fields.json";

export const fields: FieldTexts = texts;
