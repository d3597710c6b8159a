import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import type { SpecProblem } from "../shared/machine/machine";
import type { PinnedCertificate } from "./spec";

/** Days before the expiry of a certificate from which there is a warning. */
const renewalDays = 30;

/** Public facts and problems of a certificate; never its text. */
export interface ReadCertificate {
  spec?: PinnedCertificate;
  /** Whole days until the site's own certificate expires. */
  days?: number;
  problems: SpecProblem[];
  /** Findings that do not stop the update. */
  warnings: string[];
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const fix =
  "the certificate first, then the chain, then its key, in PEM: pulumi config set --secret";

/** Reads and checks a PEM text of certificate, chain and key for a host name. */
export function readCertificate(
  host: string,
  secret: string,
  pem: string,
  now: Date,
): ReadCertificate {
  const path = ["certificates", host];
  const refuse = (allowed: string): ReadCertificate => ({
    problems: [{ path, allowed, fix: `${fix} slipway:secrets.${secret}` }],
    warnings: [],
  });
  const chain = certificatesIn(pem);
  const [leaf] = chain ?? [];
  if (pem.includes("-----BEGIN TRUSTED CERTIFICATE-----"))
    return refuse(
      "plain certificates; this secret has a TRUSTED CERTIFICATE, of which openssl x509 -clrtrust makes a plain one",
    );
  if (chain === undefined || leaf === undefined)
    return refuse("a secret that holds a certificate in PEM; this one holds none");
  const key = keyIn(pem);
  if (key === undefined)
    return refuse("a secret that holds the certificate's private key in PEM, without a password");
  if (!leaf.checkPrivateKey(key))
    return refuse(
      chain.some((member) => member.checkPrivateKey(key))
        ? "the site's own certificate before all others: the key is that of a later one"
        : "the private key of the first certificate; this one is another's",
    );
  if (leaf.checkHost(host.replace("*", "any")) === undefined)
    return refuse(`a certificate for ${host}; this one is for ${namesOf(leaf)}`);
  if (Date.parse(leaf.validFrom) > now.getTime())
    return refuse(`a certificate that is valid now; this one is not before ${leaf.validFrom}`);
  const end = Date.parse(leaf.validTo);
  if (end <= now.getTime())
    return refuse(
      `a certificate that is valid now; this one ended at ${new Date(end).toISOString()}`,
    );
  const days = Math.floor((end - now.getTime()) / 86_400_000);
  const hash = createHash("sha256");
  for (const { raw } of chain) hash.update(raw);
  const spec = { host, fingerprint: hash.digest("hex") };
  return { spec, days, problems: [], warnings: endedBefore(host, chain, now) };
}

/** An expired cross-signed certificate is fine: clients that trust the new root ignore the chain to the older one. */
const endedBefore = (
  host: string,
  [leaf, ...rest]: readonly X509Certificate[],
  now: Date,
): string[] =>
  rest
    .filter(({ validTo }) => leaf !== undefined && Date.parse(validTo) <= now.getTime())
    .map(({ subject, validTo }) => {
      const name = subject.split("\n").at(-1) ?? subject;
      return `${name} in the chain of ${host} ended at ${new Date(validTo).toISOString()}: clients that know no other way to a root refuse it`;
    });

function certificatesIn(pem: string): X509Certificate[] | undefined {
  try {
    return (pem.match(block) ?? []).map((text) => new X509Certificate(text));
  } catch {
    return undefined;
  }
}

function keyIn(pem: string) {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

const namesOf = (certificate: X509Certificate): string =>
  certificate.subjectAltName?.replaceAll("DNS:", "") ?? "no name";

/** Warning of a certificate that expires soon; undefined while there is time. */
export const certificateWarning = (host: string, days: number): string | undefined =>
  days < renewalDays
    ? `the certificate of ${host} ends in ${days} days; put the new one into its secret, then: pulumi up`
    : undefined;
