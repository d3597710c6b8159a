import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../../components/shared/problem";
import { place, type Document } from "./problems";
import type { StackConfig } from "./stack";

const certificatePattern = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** What the authorities of a stack are read from. */
export interface AuthoritiesArgs {
  /** Folder that files are named from. */
  checkout: string;
  document: Document;
  config: Pick<Partial<StackConfig>, "authorities">;
  now: Date;
}

/** Who vouches for hosts that nobody else knows, as a registry of one's own: certificates in PEM, by host. */
export function readAuthorities({ checkout, document, config, now }: AuthoritiesArgs): {
  authorities: Record<string, string>;
  problems: Problem[];
} {
  const authorities: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const [host, file] of Object.entries(config.authorities ?? {})) {
    const pem = certificatesIn(checkout, file);
    const [allowed, mend] = pem === undefined ? missing : (wrong(pem, now) ?? []);
    if (allowed !== undefined)
      problems.push(place(document, ["authorities", host], { given: file, allowed, mend }));
    else authorities[host] = pem ?? "";
  }
  return { authorities, problems };
}

/** The certificates that vouch for a host, where a stack names some that can be read. */
export function authorityOf(
  checkout: string,
  { authorities }: Pick<Partial<StackConfig>, "authorities">,
  host: string,
): string | undefined {
  const file = authorities?.[host];
  return file === undefined ? undefined : certificatesIn(checkout, file);
}

/** The certificates of a file, and nothing else that may be in it; undefined when there is no such file. */
function certificatesIn(checkout: string, file: string): string | undefined {
  const path = join(checkout, file);
  if (!existsSync(path)) return undefined;
  const blocks = readFileSync(path, "utf8").match(certificatePattern) ?? [];
  return blocks.map((block) => `${block}\n`).join("");
}

const missing = [
  "a file of this checkout",
  "put it there: the certificate of whoever signed the host's, in PEM; it is no secret",
] as const;

function wrong(pem: string, now: Date): readonly [allowed: string, mend: string] | undefined {
  const none = [
    "certificates in PEM",
    "it begins with -----BEGIN CERTIFICATE-----; of DER: openssl x509 -inform der -in ca.cer -out ca.pem",
  ] as const;
  const blocks = pem.match(certificatePattern) ?? [];
  if (blocks.length === 0) return none;
  try {
    const ended = blocks
      .map((block) => new X509Certificate(block))
      .find(({ validTo }) => new Date(validTo) <= now);
    if (ended === undefined) return undefined;
    const { subject, validTo } = ended;
    return [
      `certificates that hold: that of ${subject.replaceAll("\n", ", ")} ended on ${validTo}`,
      "ask who runs the host for today's",
    ];
  } catch {
    return none;
  }
}
