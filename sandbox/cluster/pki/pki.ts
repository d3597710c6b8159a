import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Layout } from "../../layout";
import { apiUrl, paths } from "../context";
import type { Ports } from "../ports";
import {
  authorityServes,
  certificateServes,
  createAuthority,
  createTokenKey,
  issue,
  type KeyPair,
} from "./certificate";
import { authorities, identities, users, type AuthorityName, type Identity } from "./identities";
import { kubeconfig } from "./kubeconfig";

/**
 * Creates the certificates, keys and kubeconfigs of a sandbox. Valid ones are kept, so that a second start changes nothing; those
 * near expiry or for other names are renewed.
 * @returns a fingerprint of all certificates: processes that read other ones must be restarted.
 */
export async function ensurePki(layout: Layout, ports: Ports, now = new Date()): Promise<string> {
  const signers = new Map<AuthorityName, KeyPair>();
  for (const name of authorities) signers.set(name, await ensureAuthority(layout, name, now));
  const hash = createHash("sha256");
  const pairs = new Map<string, KeyPair>();
  for (const identity of identities) {
    const signer = required(signers, identity.authority);
    const pair = await ensureCertificate(layout, signer, identity, now);
    pairs.set(identity.name, pair);
    hash.update(pair.certificate);
  }
  await ensureTokenKey(layout);
  const authority = required(signers, "ca").certificate;
  for (const { name } of users) {
    const text = kubeconfig({
      cluster: `slipway-${layout.name}`,
      user: name,
      server: apiUrl(ports),
      authority,
      ...required(pairs, name),
    });
    await writeIfOther(paths(layout).kubeconfig(name), text);
  }
  return hash.digest("hex");
}

async function ensureAuthority(layout: Layout, name: AuthorityName, now: Date): Promise<KeyPair> {
  const kept = await readPair(layout, name);
  if (kept !== undefined && authorityServes(kept, now)) return kept;
  const made = await createAuthority(`slipway-${layout.id} ${name}`, now);
  return writePair(layout, name, made);
}

async function ensureCertificate(
  layout: Layout,
  authority: KeyPair,
  identity: Identity,
  now: Date,
): Promise<KeyPair> {
  const kept = await readPair(layout, identity.name);
  if (kept !== undefined && (await certificateServes(kept, authority, identity, now))) {
    return kept;
  }
  return writePair(layout, identity.name, await issue(authority, identity, now));
}

/** Never renewed: that would invalidate tokens in use. */
async function ensureTokenKey(layout: Layout): Promise<void> {
  const { pki } = paths(layout);
  if (existsSync(pki("service-account.pub"))) return;
  const { key, publicKey } = await createTokenKey();
  await writePrivate(pki("service-account.key"), key);
  await writePrivate(pki("service-account.pub"), publicKey);
}

async function readPair(layout: Layout, name: string): Promise<KeyPair | undefined> {
  const { pki } = paths(layout);
  if (!existsSync(pki(`${name}.crt`))) return undefined;
  return {
    certificate: await readFile(pki(`${name}.crt`), "utf8"),
    key: await readFile(pki(`${name}.key`), "utf8"),
  };
}

async function writePair(layout: Layout, name: string, pair: KeyPair): Promise<KeyPair> {
  const { pki } = paths(layout);
  await writePrivate(pki(`${name}.key`), pair.key);
  await writePrivate(pki(`${name}.crt`), pair.certificate);
  return pair;
}

async function writeIfOther(path: string, text: string): Promise<void> {
  if (existsSync(path) && (await readFile(path, "utf8")) === text) return;
  await writePrivate(path, text);
}

/** Readable by the owner only, and written atomically. */
async function writePrivate(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.tmp`, text, { mode: 0o600 });
  await rename(`${path}.tmp`, path);
}

function required<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new Error(`no certificate of ${String(key)}`);
  return value;
}
