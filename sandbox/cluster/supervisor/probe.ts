import { execFile } from "node:child_process";
import { access, readFile } from "node:fs/promises";
import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import { connect } from "node:net";
import type { Probe } from "../unit";

/** A probe that has not answered after this many milliseconds has failed. */
const timeout = 5_000;

/** Probes once. @returns why the unit is not ready, or undefined if it is. */
export async function probe(check: Probe): Promise<string | undefined> {
  try {
    await attempt(check);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function attempt(check: Probe): Promise<void> {
  switch (check.kind) {
    case "https":
      return askOverTls(check);
    case "http":
      return answers2xx((found) => httpGet(check.url, { timeout: timeout }, found), check.url);
    case "tcp":
      return connects({ host: check.host, port: check.port });
    case "unix":
      return connects({ path: check.path });
    case "file":
      return access(check.path);
    case "exec":
      return runs(check.command);
  }
}

async function askOverTls(check: Extract<Probe, { kind: "https" }>): Promise<void> {
  const read = async (path: string | undefined) => (path === undefined ? path : readFile(path));
  const [ca, cert, key] = await Promise.all([check.ca, check.cert, check.key].map(read));
  const options = { ca, cert, key, timeout: timeout, agent: false };
  await answers2xx((found) => httpsGet(check.url, options, found), check.url);
}

function answers2xx(
  ask: (found: (response: IncomingMessage) => void) => ReturnType<typeof httpGet>,
  url: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = ask((response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) resolve();
      else reject(new Error(`${url} answers ${status}`));
    });
    request.on("error", reject);
    request.on("timeout", () => request.destroy(new Error(`${url} does not answer`)));
  });
}

function connects(target: { host: string; port: number } | { path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...target, timeout: timeout });
    socket.on("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.on("error", reject);
    socket.on("timeout", () => socket.destroy(new Error("connection is not accepted")));
  });
}

function runs([program = "", ...args]: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: timeout }, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(stderr.trim() || error.message));
    });
  });
}
