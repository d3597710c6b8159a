import { createHash } from "node:crypto";
import type { ServerHostKeyAlgorithm } from "ssh2";

/** A host's public key. */
export interface HostKey {
  /** e.g. `ssh-ed25519`. */
  readonly type: string;
  /** Type and key in SSH's wire encoding. */
  readonly blob: Buffer;
}

/** Signature algorithms by type of key. */
const algorithms: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  // The same key may sign by SHA-2 or, on old hosts, by SHA-1.
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
};

/** Types of host keys that can be checked. */
export const hostKeyTypes = Object.keys(algorithms);

/**
 * The first key in the format of `/etc/ssh/ssh_host_*_key.pub`, `authorized_keys` or `known_hosts`; a name or options before it
 * are skipped, as in the official command plugin. Undefined where there is none.
 */
export function readHostKey(text: string): HostKey | undefined {
  for (const line of text.split("\n")) {
    const [content = ""] = line.split("\r", 1);
    const trimmed = content.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const key = keyAfterFirstWord(trimmed) ?? keyAfterFirstWord(withoutFirstWord(trimmed));
    if (key !== undefined) return key;
  }
  return undefined;
}

/** Parses a key in wire encoding; undefined if it is none. */
export function parseBlob(blob: Buffer): HostKey | undefined {
  if (blob.length < 4) return undefined;
  const length = blob.readUInt32BE(0);
  const type = blob.toString("latin1", 4, 4 + length);
  return hostKeyTypes.includes(type) && blob.length > 4 + length ? { type, blob } : undefined;
}

/** A key's fingerprint as `ssh-keygen -l` prints it: `ssh-ed25519 SHA256:…`. */
export function fingerprint({ type, blob }: HostKey): string {
  const hash = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return `${type} SHA256:${hash}`;
}

/**
 * Algorithms to offer a host with this expected key: the key's own first, so that a host with several keys shows the expected
 * one, then all others, so that the error can name the key that another host has.
 */
export function offeredAlgorithms(expected: HostKey | undefined): ServerHostKeyAlgorithm[] {
  const first = expected === undefined ? [] : (algorithms[expected.type] ?? []);
  return [...new Set([...first, ...Object.values(algorithms).flat()])];
}

function keyAfterFirstWord(line: string): HostKey | undefined {
  const [, base64] = /^\S+\s+(\S+)/.exec(line) ?? [];
  if (base64 === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  return parseBlob(Buffer.from(base64, "base64"));
}

/** The rest of a line after its first word; a word may hold blanks in double quotes. */
const withoutFirstWord = (line: string): string =>
  line.replace(/^(?:"(?:\\"|[^"])*"|[^\s"])+\s*/, "");
