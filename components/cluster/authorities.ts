import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../shared/problem";
import { place, type Document } from "../shared/config/document";

const certificatePattern = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Arguments of `readAuthorities`. */
export interface AuthoritiesArgs {
  /** Absolute path that the paths of files are relative to. */
  checkout: string;
  /** The stack's cluster settings, for the places of problems. */
  document: Document;
  /** Files of certificates in PEM: host → path below the checkout. */
  files: Readonly<Record<string, string>>;
  /** The time that a certificate must be valid at. */
  now: Date;
}

/** Private certificate authorities, as of an in-house registry: certificates in PEM, by host. */
export function readAuthorities({ checkout, document, files, now }: AuthoritiesArgs): {
  authorities: Record<string, string>;
  problems: Problem[];
} {
  const authorities: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const [host, file] of Object.entries(files)) {
    const certificates = certificatesIn(checkout, file);
    const wrong = objection(certificates, now);
    if (wrong === undefined) authorities[host] = (certificates ?? []).join("");
    else problems.push(place(document, ["authorities", host], { given: file, ...wrong }));
  }
  return { authorities, problems };
}

/** The authority's certificates for a host, where the stack names a readable file. */
export function authorityOf(
  checkout: string,
  files: Readonly<Record<string, string>>,
  host: string,
): string | undefined {
  const file = files[host];
  return file === undefined ? undefined : certificatesIn(checkout, file)?.join("");
}

/** The certificates of a file, a text each, without any other content; undefined when there is no such file. */
function certificatesIn(checkout: string, file: string): string[] | undefined {
  const path = join(checkout, file);
  if (!existsSync(path)) return undefined;
  const blocks = readFileSync(path, "utf8").match(certificatePattern) ?? [];
  return blocks.map((block) => `${block}\n`);
}

const missing = {
  allowed: "a file of this checkout",
  fix: "put it there: the certificate of whoever signed the host's, in PEM; it is no secret",
};
const unreadable = {
  allowed: "certificates in PEM",
  fix: "it begins with -----BEGIN CERTIFICATE-----; of DER: openssl x509 -inform der -in ca.cer -out ca.pem",
};

/** Why these certificates cannot serve as an authority, or undefined. */
function objection(
  certificates: readonly string[] | undefined,
  now: Date,
): { allowed: string; fix: string } | undefined {
  if (certificates === undefined) return missing;
  if (certificates.length === 0) return unreadable;
  try {
    const ended = certificates
      .map((certificate) => new X509Certificate(certificate))
      .find(({ validTo }) => new Date(validTo) <= now);
    if (ended === undefined) return undefined;
    const { subject, validTo } = ended;
    return {
      allowed: `certificates that hold: that of ${subject.replaceAll("\n", ", ")} ended on ${validTo}`,
      fix: "ask who runs the host for today's",
    };
  } catch {
    return unreadable;
  }
}
