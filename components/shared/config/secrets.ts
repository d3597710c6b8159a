import * as pulumi from "@pulumi/pulumi";

export const stackNamespace = "slipway:";

/** What the key of a secret begins with; its name follows. */
export const secretPrefix = `${stackNamespace}secrets.`;

/** What is said of a secret that settings name and the stack does not have; where it is known, by the file it would come from. */
export const noSecret = (
  given: string,
  file?: string,
): { given: string; allowed: string; fix: string } => ({
  given,
  allowed: "the name of a secret of this stack; there is none of the name given",
  fix: `pulumi config set --secret ${secretPrefix}${given}${file === undefined ? "" : ` < ${file}`}`,
});

/** The secrets of a stack, by the names that settings give them. */
export interface Secrets {
  readonly names: readonly string[];
  /** The text of one, for what has to use it before the first resource; undefined where there is none, or nobody may read it. */
  text(name: string): string | undefined;
  /** The same for resources; undefined where there is none. */
  output(name: string): pulumi.Output<string> | undefined;
}

/** Secrets that can be read; each is made an output once, however many resources have it. */
export function readableSecrets(texts: Readonly<Record<string, string>>): Secrets {
  const outputs = new Map<string, pulumi.Output<string>>();
  const output = (name: string): pulumi.Output<string> | undefined => {
    const text = texts[name];
    if (text !== undefined && !outputs.has(name)) outputs.set(name, pulumi.secret(text));
    return outputs.get(name);
  };
  return { names: Object.keys(texts), text: (name) => texts[name], output };
}

/** Secrets of which a command knows nothing but their names. */
export const namedSecrets = (names: readonly string[]): Secrets => ({
  names,
  text: () => undefined,
  output: () => undefined,
});

/** Those of some names that there are, for resources. */
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

/** The texts of all that can be read, by their names. */
export const textsOf = (secrets: Secrets): Record<string, string> =>
  Object.fromEntries(
    secrets.names.flatMap((name) => {
      const text = secrets.text(name);
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
