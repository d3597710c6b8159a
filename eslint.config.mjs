import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

/** Shell in TypeScript: its options, its keywords at the end of a line, its here-documents. */
const shellText = String.raw`/(^|\n)\s*set -e|\n\s*(fi|done|esac)\b\s*([;|&<>]|\n|$)|<<-?'/`;
const shell = [`TemplateElement[value.cooked=${shellText}]`, `Literal[value=${shellText}]`].map(
  (selector) => ({
    selector,
    message:
      "Shell lives in a .sh file, which shellcheck reads: script() of components/shared/shell.ts.",
  }),
);

/** Lint as law: what a reviewer would otherwise have to say again and again. */
export default tseslint.config(
  { ignores: ["node_modules/", "**/*.mjs", "**/*.cjs", "examples/"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: "./tsconfig.json" } },
    plugins: { "@pulumi": pulumi },
    rules: {
      "@pulumi/no-output-in-template-literal": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-floating-promises": "error",
      // `${count}` reads better than `${String(count)}`.
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      // Registering a resource is its effect: `new k8s.core.v1.Service(…)` needs no variable.
      "no-new": "off",
      "no-constant-binary-expression": "error",
      "max-params": ["error", 4],
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      "no-restricted-syntax": [
        "error",
        {
          selector: "CallExpression[callee.property.name='apply'] NewExpression[callee.property]",
          message: "Nothing is created inside apply: it would be missing from the preview.",
        },
        {
          selector: "NewExpression[callee.object.name='pulumi'][callee.property.name='Config']",
          message: "src/stack/sources.ts is the only reader of Pulumi config.",
        },
        {
          selector: "ObjectExpression > SpreadElement > ObjectExpression.argument",
          message:
            "Write the properties out: a spread literal only dodges the formatter, and hides excess properties.",
        },
        ...shell,
      ],
    },
  },
  { files: ["src/stack/sources.ts"], rules: { "no-restricted-syntax": ["error", ...shell] } },
  {
    files: ["test/**"],
    rules: {
      "@typescript-eslint/no-unused-expressions": "off",
      "max-lines": "off",
      "no-restricted-syntax": "off",
    },
  },
);
