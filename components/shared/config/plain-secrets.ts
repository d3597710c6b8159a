import type { Problem } from "../problem";
import type { Path } from "./lines";
import { looksSecret, soundsSecret } from "./credentials";
import { place, type Document } from "./document";

/** Problems of variables that hold a credential in plain text; they do not print the value. */
export function plainSecrets(
  document: Document,
  path: Path,
  env: Readonly<Record<string, string>> | undefined,
): Problem[] {
  return Object.entries(env ?? {})
    .filter(([name, value]) => value !== "" && (soundsSecret(name) || looksSecret(value)))
    .map(([name]) =>
      place(document, [...path, name], {
        allowed: "no credential in plain text, and this looks like one",
        fix: `move it to \`secrets: {${name}: ${camelCase(name)}}\`, then: pulumi config set --secret slipway:secrets.${camelCase(name)}`,
      }),
    );
}

const camelCase = (name: string): string =>
  name
    .toLowerCase()
    .replace(/_+(.)?/g, (_, letter: string | undefined) => (letter ?? "").toUpperCase());
