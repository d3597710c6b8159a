import { secretTexts } from "../rpc/secret-texts";
import { bare, isObject, omit, type Properties, Secret, type Value } from "../rpc/values";

/** Shortest line of a multi-line secret that is masked by itself. */
const unmistakable = 16;

/**
 * The secrets of one resource: they are masked in shown output, and an output that contains one becomes secret. Of a connection
 * only credentials count: its host and user may be shown.
 */
export class SecretMask {
  private readonly texts: readonly string[];

  constructor(inputs: Properties, before: Properties) {
    const connection = isObject(bare(inputs["connection"] ?? null))
      ? (bare(inputs["connection"] ?? null) as Properties)
      : {};
    const keys = [connection, proxyOf(connection)].map((hop) =>
      ["password", "privateKey", "privateKeyPassword"].flatMap((name) => {
        const value = hop[name];
        return value === undefined ? [] : [new Secret(bare(value))];
      }),
    );
    const found: Value[] = [omit(inputs, "connection"), before, ...keys];
    const whole = secretTexts(found);
    const lines = whole
      .flatMap((text) => text.split("\n").map((line) => line.trim()))
      .filter((line) => line.length >= unmistakable);
    // Longer ones first: a secret that contains another is masked as a whole.
    this.texts = [...new Set([...whole, ...lines])].sort((a, b) => b.length - a.length);
  }

  /** The text with all secrets masked. */
  redact(text: string): string {
    return this.texts.reduce((clean, secret) => clean.replaceAll(secret, "[secret]"), text);
  }

  /** An output, marked secret if it contains one. */
  mark(text: string): Value {
    return this.texts.some((secret) => text.includes(secret)) ? new Secret(text) : text;
  }
}

function proxyOf(connection: Properties): Properties {
  const proxy = bare(connection["proxy"] ?? null);
  return isObject(proxy) ? proxy : {};
}
