import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/** Attributes and fields whose values people read. */
const TEXT_OF =
  "/^(label|title|description|placeholder|aria-label|alt|note|hint|message|confirm|validationError|nothingFoundMessage|choose|chooseAnother)$/";

export default defineConfig(
  { ignores: ["dist", "src/api/schema.d.ts"] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  hooks.configs.flat["recommended-latest"],
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js"] } } },
    rules: {
      "max-lines": ["error", 300],
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "no-restricted-globals": [
        "error",
        { name: "fetch", message: "Use the generated client in src/api." },
        { name: "XMLHttpRequest", message: "Use src/api/upload." },
        { name: "EventSource", message: "Use src/api/stream." },
      ],
    },
  },
  { files: ["src/api/*.ts"], rules: { "no-restricted-globals": "off" } },
  {
    files: ["src/**/*.tsx", "src/words/*.ts", "src/app/*.ts"],
    ignores: ["src/**/*.test.tsx"],
    rules: {
      "no-restricted-syntax": [
        "error",
        ...[
          "JSXText[value=/[A-Za-z]{2}/]",
          `JSXAttribute[name.name=${TEXT_OF}] > Literal[value=/[A-Za-z]{2}/]`,
          `Property[key.name=${TEXT_OF}] > Literal[value=/[A-Za-z]{2}/]`,
        ].map((selector) => ({ selector, message: "Texts stand in src/i18n, in every language: t(key)." })),
      ],
    },
  },
);
