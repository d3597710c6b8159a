import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { createPublicKey, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import type { Identity } from "./identities";

/** A certificate and its private key (PKCS#8), both PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const day = 24 * 60 * 60 * 1000;

/** Lifetime of certificates in days, and how long before their end they are renewed. */
const validity = { authority: 3650, leaf: 365, renewal: 30 };

/** Tolerates small clock differences between machines. */
const clockSkew = day / 24;

/** A self-signed authority that may sign leaf certificates only. */
export async function createAuthority(commonName: string, now: Date): Promise<KeyPair> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: new x509.Name([{ CN: [commonName] }]),
    ...lifetime(now, validity.authority),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign |
          x509.KeyUsageFlags.cRLSign |
          x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(certificate), key: await exportKey(keys) };
}

/** A certificate for one identity, signed by its authority. */
export async function issue(authority: KeyPair, identity: Identity, now: Date): Promise<KeyPair> {
  const keys = await generateKeys();
  const issuer = new x509.X509Certificate(authority.certificate);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: subjectOf(identity),
    issuer: issuer.subjectName,
    ...lifetime(now, validity.leaf),
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(extendedUsages(identity)),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...(identity.hosts === undefined ? [] : [alternativeNames(identity.hosts)]),
    ],
  });
  return { certificate: pem(certificate), key: await exportKey(keys) };
}

/** Key pair that signs the tokens of service accounts. */
export async function createTokenKey(): Promise<{ key: string; publicKey: string }> {
  const key = await exportKey(await generateKeys());
  const publicKey = createPublicKey(key).export({ type: "spki", format: "pem" }) as string;
  return { key, publicKey };
}

/** Whether an authority outlives every leaf it may still have to sign. */
export function authorityServes(authority: KeyPair, now: Date): boolean {
  const rest = new x509.X509Certificate(authority.certificate).notAfter.getTime() - now.getTime();
  return rest > (validity.leaf + validity.renewal) * day;
}

/** Whether a certificate matches its key, identity and authority, and is valid for another month. */
export async function certificateServes(
  pair: KeyPair,
  authority: KeyPair,
  identity: Identity,
  now: Date,
): Promise<boolean> {
  const have = new x509.X509Certificate(pair.certificate);
  const publicKey = new x509.X509Certificate(authority.certificate).publicKey;
  const names = have.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
  return (
    have.notAfter.getTime() - now.getTime() > validity.renewal * day &&
    have.subject === subjectOf(identity).toString() &&
    sameMembers(
      names.map(({ value }) => value),
      identity.hosts ?? [],
    ) &&
    createPublicKey(pair.key).equals(createPublicKey(pair.certificate)) &&
    (await have.verify({ publicKey, signatureOnly: true }))
  );
}

function subjectOf({ commonName, organization }: Identity): x509.Name {
  return new x509.Name([
    ...(organization === undefined ? [] : [{ O: [organization] }]),
    { CN: [commonName] },
  ]);
}

function extendedUsages({ usage }: Identity): string[] {
  const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
  if (usage === "both") return [serverAuth, clientAuth];
  return [usage === "server" ? serverAuth : clientAuth];
}

function alternativeNames(hosts: readonly string[]): x509.SubjectAlternativeNameExtension {
  return new x509.SubjectAlternativeNameExtension(
    hosts.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value })),
  );
}

function lifetime(now: Date, days: number) {
  return {
    notBefore: new Date(now.getTime() - clockSkew),
    notAfter: new Date(now.getTime() + days * day),
  };
}

/** Positive and unguessable, as RFC 5280 requires. */
function serialNumber(): string {
  const bytes = Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function exportKey({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", privateKey);
  return `${x509.PemConverter.encode(pkcs8, "PRIVATE KEY")}\n`;
}

function importKey(key: string): Promise<webcrypto.CryptoKey> {
  const [pkcs8] = x509.PemConverter.decode(key);
  if (pkcs8 === undefined) throw new Error("no private key in PEM");
  return webcrypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
}

const pem = (certificate: x509.X509Certificate): string => `${certificate.toString("pem")}\n`;

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((member) => b.includes(member));
}
