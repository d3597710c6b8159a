import { z } from "zod";
import { bytesPattern, cpuPattern, type Bytes, type Cpu } from "../units";

/**
 * Leaf schemas of the settings. Each states its rule once, for `allowed` in messages and for the description in the JSON Schema.
 */

/** A mapping with exactly these keys; the refusal of an unknown key names them. */
export const mapping = <Shape extends z.core.$ZodShape>(shape: Shape) => {
  const keys = Object.keys(shape).join(", ");
  return z.strictObject(shape, { error: `a mapping with keys of: ${keys}` });
};

/** A mapping whose keys match a pattern. */
export const mappingOf = <Value extends z.core.SomeType>(
  key: z.ZodString,
  value: Value,
  rule: string,
) => z.record(key, value, rule).describe(rule);

/** A list. */
export const listOf = <Item extends z.core.SomeType>(item: Item, rule: string) =>
  z.array(item, rule).describe(rule);

/** A text that matches a pattern. */
export const text = (pattern: RegExp, rule: string) =>
  z.string(rule).regex(pattern, rule).describe(rule);

/** A whole number within limits. */
export const whole = (least: number, most: number, what: string) => {
  const rule = `${what}, ${least} to ${most}`;
  return z.int(rule).min(least, rule).max(most, rule).describe(rule);
};

/** An enumeration. */
export const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) => {
  const rule = `one of: ${words.join(", ")}`;
  return z.enum(words, rule).describe(rule);
};

/** A boolean. */
export const flag = (what: string) => z.boolean(`true or false: ${what}`).describe(what);

const label = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";

/** A name of a Kubernetes object (DNS label). */
export const dnsLabel = (what: string, most = 63) =>
  text(
    new RegExp(`^(?=.{1,${most}}$)${label}$`),
    `${what}: lower-case letters, digits and dashes, at most ${most}, a letter or digit at both ends`,
  );

/** A host or domain name. */
export const domainName = (what: string) =>
  text(
    new RegExp(`^(?=.{1,253}$)${label}(\\.${label})*$`),
    `${what}: lower-case labels of letters, digits and dashes, joined by dots`,
  );

export const port = whole(1, 65535, "a TCP port");

const cpuRule = "CPU in cores or thousandths, such as 2, 0.5 or 250m";

/** CPU, given as text or as a bare number. */
export const cpu = z
  .union(
    [
      z.string().regex(cpuPattern, cpuRule),
      z.number().positive(cpuRule).multipleOf(0.001, cpuRule),
    ],
    cpuRule,
  )
  .transform((value) => String(value) as Cpu)
  .describe(cpuRule);

/** Memory or storage. */
export const bytes = text(
  bytesPattern,
  "a size with Ki, Mi, Gi or Ti, such as 512Mi",
) as unknown as z.ZodType<Bytes, string>;

/** An absolute path inside a container. */
export const directory = text(
  /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._-]+)+$/,
  "an absolute path without `.`, `..` and a slash at the end",
);

/** A registry. */
export const registryHost = text(
  /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\d{1,5})?$/,
  "a registry's host, with a port if it has one, such as harbor:8080; no scheme, no path",
);

/** Name of a secret of the stack. */
export const secretName = text(
  /^[A-Za-z][A-Za-z0-9]{0,62}$/,
  "the name of a secret of the stack: letters and digits, a letter first; never the secret itself",
);

/** A machine's public key. */
export const hostKey = text(
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+={0,2}( .*)?$/,
  "the machine's public key, as `ssh-keyscan` or /etc/ssh/ssh_host_ed25519_key.pub has it: ssh-ed25519 AAAA…",
);

/** `sha256:` and 64 hex digits. */
export const imageDigest = text(
  /^sha256:[0-9a-f]{64}$/,
  "an image digest: sha256: and 64 lower-case hex digits",
);

/** An image by digest. */
export const imageByDigest = (what: string) =>
  text(/^[^@\s]+@sha256:[0-9a-f]{64}$/, `${what} by digest, repository@sha256:…`);

const momentRule = "a moment such as 2026-11-21T17:02:34Z";
const momentPattern =
  "\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?(Z|[+-]\\d{2}:\\d{2})| \\d{2}:\\d{2}:\\d{2}(\\.\\d+)? [+-]\\d{4} \\S+)";

/**
 * A timestamp, or a text that matches another pattern. The engine parses an unquoted timestamp in a stack's file and passes it on
 * in Go's format: `2026-11-21 17:02:34 +0000 UTC`.
 */
export const momentOr = (rule: string, other?: RegExp) =>
  z
    .string(rule)
    .regex(new RegExp(`^(${[momentPattern, ...(other ? [other.source] : [])].join("|")})$`), rule)
    .transform((given) => given.replace(/^(\S+) (\S+) ([+-]\d{2})(\d{2}) \S+$/, "$1T$2$3:$4"))
    .transform((given) => given.replace(/\+00:00$/, "Z"))
    .describe(rule);

/** A timestamp. */
export const moment = momentOr(momentRule);

export const person = text(/\S/, "who: a name or an e-mail address");

export const reason = text(/\S/, "why, in a few words");
