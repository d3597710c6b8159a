import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import type { Layout } from "../layout";
import { apiUrl, paths } from "./context";
import { objectPath, type KubernetesObject } from "./objects/object";
import type { Ports } from "./ports";

/** The API server's address and the client's credentials; the last three are paths of PEM files. */
export interface ApiAccess {
  url: string;
  ca: string;
  cert: string;
  key: string;
}

/** Access of one of the users in `pki/identities.ts`. */
export function accessOf(
  layout: Layout,
  ports: Ports,
  user: "admin" | "super-admin" | "nodeports",
): ApiAccess {
  const { pki } = paths(layout);
  return {
    url: apiUrl(ports),
    ca: pki("ca.crt"),
    cert: pki(`${user}.crt`),
    key: pki(`${user}.key`),
  };
}

/**
 * The few requests that the sandbox itself makes of its API server. Loading the full client library takes longer than all of them
 * together.
 */
export class ApiClient {
  readonly #agent: Agent;
  readonly #url: string;

  constructor({ url, ca, cert, key }: ApiAccess) {
    const read = (path: string) => readFileSync(path);
    this.#agent = new Agent({ ca: read(ca), cert: read(cert), key: read(key), keepAlive: true });
    this.#url = url;
  }

  /** Reads an object or any other path; throws if it does not exist. */
  get(path: string): Promise<unknown> {
    return this.#ask("GET", path);
  }

  /**
   * Applies an object (server-side apply). One from an earlier version of Slipway that cannot be changed is deleted and created
   * again.
   */
  async apply(object: KubernetesObject): Promise<void> {
    const path = objectPath(object);
    const patch = () => this.#ask("PATCH", `${path}?fieldManager=slipway&force=true`, object);
    try {
      await patch();
    } catch (error) {
      if (!(error instanceof Error && error.message.includes("field is immutable"))) throw error;
      await this.#ask("DELETE", path);
      await patch();
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #ask(method: string, path: string, body?: object): Promise<unknown> {
    const headers = body && { "content-type": "application/apply-patch+yaml" };
    return new Promise((resolve, reject) => {
      const outgoing = request(
        `${this.#url}${path}`,
        { method, headers, agent: this.#agent, timeout: 10_000 },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("error", reject);
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            const status = response.statusCode ?? 0;
            if (status >= 200 && status < 300) resolve(parse(text));
            else reject(new Error(`${method} ${path}: ${status} ${messageOf(text)}`));
          });
        },
      );
      outgoing.on("error", reject);
      outgoing.on("timeout", () => outgoing.destroy(new Error(`${method} ${path}: no answer`)));
      outgoing.end(body && JSON.stringify(body));
    });
  }
}

/** The API server answers some health paths in plain text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function messageOf(text: string): string {
  const body = parse(text) as { message?: string };
  return body.message ?? text;
}
