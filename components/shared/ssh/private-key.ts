import { createPrivateKey, type KeyObject } from "node:crypto";
import type { ParsedKey } from "ssh2";
import { ssh2 } from "./library";

const needsPassphrase = "it is encrypted, and no passphrase is given";

/**
 * Parses a private key: OpenSSH's format, or PEM (PKCS#1, SEC 1, PKCS#8), with or without a passphrase. Throws an Error with a
 * short reason that reveals nothing of the key.
 */
export function readPrivateKey(text: string, passphrase?: string): ParsedKey {
  const normal = text.replaceAll("\r\n", "\n").trim();
  const isPkcs8 = /^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(normal);
  const key = parse(isPkcs8 ? fromPkcs8(normal, passphrase) : normal, passphrase);
  if (!key.isPrivateKey()) throw new Error("it is a public key: the private one is wanted");
  return key;
}

/** Why a private key cannot be used without a passphrase; the reason reveals nothing of the key. */
export function privateKeyProblem(text: string): string | undefined {
  try {
    readPrivateKey(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A key in the form that OpenSSH's programs read from a file: Unix line ends, nothing before it, and a final newline. */
export const privateKeyFile = (text: string): string => `${text.replaceAll("\r\n", "\n").trim()}\n`;

/** Whether this is a private key, encrypted or not. It tries no passphrase, which is slow by design. */
export function isPrivateKey(text: string): boolean {
  try {
    return readPrivateKey(text).isPrivateKey();
  } catch (error) {
    return (error as Error).message === needsPassphrase;
  }
}

function parse(text: string, passphrase: string | undefined): ParsedKey {
  const parsed: unknown = ssh2().utils.parseKey(text, passphrase);
  // The library returns a list for OpenSSH's format, which may hold several keys.
  const key = (Array.isArray(parsed) ? parsed[0] : parsed) as ParsedKey | Error | undefined;
  if (key === undefined) throw new Error("it holds no key");
  if (key instanceof Error) throw new Error(reason(key.message, passphrase));
  return key;
}

function reason(message: string, passphrase: string | undefined): string {
  if (/no passphrase given/.test(message)) return needsPassphrase;
  if (passphrase !== undefined && /integrity|bad passphrase|decrypt/i.test(message)) {
    return "the passphrase does not open it";
  }
  return /Unsupported key format/.test(message)
    ? "it is neither in OpenSSH's format nor a PEM key"
    : `it cannot be read: ${message}`;
}

/** Converts PKCS#8, the format of `tls.PrivateKey` and openssl, which the library does not read. */
function fromPkcs8(text: string, passphrase: string | undefined): string {
  const key = openPkcs8(text, passphrase);
  const { asymmetricKeyType: type = "unknown" } = key;
  if (type === "rsa") return key.export({ type: "pkcs1", format: "pem" }).toString().trim();
  if (type === "ec") return key.export({ type: "sec1", format: "pem" }).toString().trim();
  if (type === "ed25519") return openSshEd25519(key);
  throw new Error(`SSH has no keys of its type (${type})`);
}

function openPkcs8(text: string, passphrase: string | undefined): KeyObject {
  const isEncrypted = text.startsWith("-----BEGIN ENCRYPTED");
  if (isEncrypted && passphrase === undefined) {
    throw new Error(needsPassphrase);
  }
  try {
    return createPrivateKey({ key: text, passphrase });
  } catch {
    throw new Error(
      isEncrypted
        ? "the passphrase does not open it"
        : "it is damaged: it cannot be read as PKCS#8",
    );
  }
}

/** `openssh-key-v1` of a single key without encryption (PROTOCOL.key of OpenSSH). */
function openSshEd25519(key: KeyObject): string {
  const { x = "", d = "" } = key.export({ format: "jwk" });
  const [publicKey, seed] = [Buffer.from(x, "base64url"), Buffer.from(d, "base64url")];
  const check = Buffer.alloc(8);
  const publicBlob = Buffer.concat([string("ssh-ed25519"), string(publicKey)]);
  const secret = Buffer.concat([seed, publicKey]);
  const open = Buffer.concat([check, publicBlob, string(secret), string("")]);
  const padding = Buffer.from(
    Array.from({ length: (8 - (open.length % 8)) % 8 }, (_, index) => index + 1),
  );
  const body = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    string("none"),
    string("none"),
    string(""),
    Buffer.from([0, 0, 0, 1]),
    string(publicBlob),
    string(Buffer.concat([open, padding])),
  ]);
  const lines = body.toString("base64").match(/.{1,70}/g) ?? [];
  return [
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    ...lines,
    "-----END OPENSSH PRIVATE KEY-----",
  ].join("\n");
}

function string(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
