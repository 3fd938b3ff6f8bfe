import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

export default [
  { ignores: ["eslint.config.mjs"] },
  ...tseslint.config(eslint.configs.recommended, tseslint.configs.recommendedTypeChecked, {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: { "default-case": "error", "array-callback-return": "error", "max-depth": ["error", 3], "no-param-reassign": "error" },
  }),
];
