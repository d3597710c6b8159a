import * as pulumi from "@pulumi/pulumi";

export const stackNamespace = "slipway:";

/** Prefix of a secret's key, before its name. */
export const secretPrefix = `${stackNamespace}secrets.`;

/** Problem of a secret that settings name and the stack does not have; `file` is where its value usually comes from. */
export const noSecret = (
  given: string,
  file?: string,
): { given: string; allowed: string; fix: string } => ({
  given,
  allowed: "the name of a secret of this stack; there is none of the name given",
  fix: `pulumi config set --secret ${secretPrefix}${given}${file === undefined ? "" : ` < ${file}`}`,
});

/** The secrets of a stack, by their names in the settings. */
export interface Secrets {
  readonly names: readonly string[];
  /** The value of one, for use before the first resource; undefined where it is missing or may not be read. */
  text(name: string): string | undefined;
  /** The same for resources; undefined where it is missing. */
  output(name: string): pulumi.Output<string> | undefined;
}

/** Secrets with readable values; each becomes an output once, however many resources use it. */
export function readableSecrets(texts: Readonly<Record<string, string>>): Secrets {
  const outputs = new Map<string, pulumi.Output<string>>();
  const output = (name: string): pulumi.Output<string> | undefined => {
    const text = texts[name];
    if (text !== undefined && !outputs.has(name)) outputs.set(name, pulumi.secret(text));
    return outputs.get(name);
  };
  return { names: Object.keys(texts), text: (name) => texts[name], output };
}

/** Secrets of which only the names are known. */
export const namedSecrets = (names: readonly string[]): Secrets => ({
  names,
  text: () => undefined,
  output: () => undefined,
});

/** The existing secrets among some names, for resources. */
export const outputsOf = (
  secrets: Secrets,
  names: readonly string[],
): Record<string, pulumi.Output<string>> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const output = secrets.output(name);
      return output === undefined ? [] : [[name, output] as const];
    }),
  );

/** The values of all readable secrets, by name. */
export const textsOf = (secrets: Secrets): Record<string, string> =>
  Object.fromEntries(
    secrets.names.flatMap((name) => {
      const text = secrets.text(name);
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
