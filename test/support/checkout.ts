import { RunError } from "@pulumi/pulumi";
import { dump } from "js-yaml";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { SandboxContract } from "../../components/cluster/sandbox";
import type { Planned } from "../../src/stack/stack";
import { readSettings } from "./settings";
import { engineValues, kubeconfig } from "./stacks";

/** How a small checkout differs from a valid one. */
export interface Differences {
  /** Keys of `Pulumi.uat.yaml`, without `slipway:` if they have no namespace; undefined removes one. */
  stack?: Record<string, unknown>;
  /** Keys that are secret. */
  secret?: string[];
  /** Files by path: of the checkout, or of the home directory if they begin with `~/`. */
  files?: Record<string, string>;
  /** Runs on a sandbox with this contract. */
  sandbox?: Omit<SandboxContract, "kubeconfig">;
  now?: Date;
  /** Projects with the digests of what runs; absent if that was not read. */
  running?: Record<string, string[]>;
  preview?: boolean;
  /** The one project that the update is limited to. */
  only?: string;
  /** Parts of the platform. @default those that there are */
  parts?: readonly unknown[];
}

const digest = `sha256:${"d".repeat(64)}`;

const stack: Record<string, unknown> = {
  system: "shop",
  cluster: { kind: "kubeconfig", file: "uat.yaml", identifier: "shop-uat" },
  registry: { host: "harbor:8080" },
  ingress: { controller: "external", namespace: "ingress", domain: "shop.example" },
  releases: { Web: { digest }, "Shop.Api": { digest, tag: "v1" } },
};

const onSandbox: Record<string, unknown> = {
  system: "shop",
  cluster: { kind: "sandbox" },
  ingress: { controller: "managed", domain: "localhost" },
};

const files: Record<string, string> = {
  "Pulumi.prod.yaml": "config: {}\n",
  "projects/Web.yaml": "name: Web\nkind: front\n",
  "projects/Shop.Api.yaml": "name: Shop.Api\nkind: back\nport: 8080\n",
  "~/.kube/uat.yaml": kubeconfig,
};

const sources: Record<string, string> = {
  "examples/Web/index.html": "web",
  "examples/Shop.Api/server.js": "api",
  "examples/config/front/dockerfile": "FROM front/packet\nCOPY . /html\n",
  "examples/config/front/packet/dockerfile": "FROM template/nginx\n",
  "examples/config/front/Web.proxy.conf": "location /api {}\n",
  "examples/config/back/Dockerfile.Shop.Api": "FROM template/node\nCOPY . /app\n",
  "examples/config/back/appsettings.json.Shop.Api": "{}\n",
};

/** Reads the settings of stack `uat` of a small checkout; arguments replace or add to valid settings. */
export function readWith(differences: Differences = {}): Planned {
  const root = mkdtempSync(join(tmpdir(), "slipway-"));
  const [home, checkout] = [join(root, "home"), join(root, "checkout")];
  const {
    sandbox,
    secret = [],
    now = new Date(),
    running,
    preview = false,
    only,
    parts,
  } = differences;
  try {
    const config = namespaced({
      ...(sandbox === undefined ? stack : onSandbox),
      ...differences.stack,
    });
    const all = {
      ...files,
      ...(sandbox === undefined ? {} : sources),
      "~/sandbox.json": JSON.stringify({ ...sandbox, kubeconfig: join(home, ".kube/uat.yaml") }),
      "Pulumi.uat.yaml": dump({ config }),
      ...differences.files,
    };
    for (const [name, text] of Object.entries(all)) {
      const path = name.startsWith("~/") ? join(home, name.slice(2)) : join(checkout, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    const isSecret = (key: string) => secret.includes(key);
    const given = {
      checkout,
      stack: "uat",
      now,
      preview,
      only,
      ...(running === undefined
        ? {}
        : {
            running: (project: string, image: string) => running[project]?.includes(image) ?? false,
          }),
      engine: { values: engineValues(config), isSecret },
      env: {
        HOME: home,
        ...(sandbox === undefined ? {} : { SLIPWAY_SANDBOX: join(home, "sandbox.json") }),
      },
    };
    return readSettings(given, parts);
  } catch (error) {
    if (error instanceof RunError) error.message = error.message.replaceAll(root, "");
    throw error;
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** The error for an invalid checkout, one line each and without indentation. */
export function refusalOf(differences: Differences): string[] {
  try {
    readWith(differences);
  } catch (error) {
    if (error instanceof RunError) return error.message.split("\n").map((line) => line.trim());
    throw error;
  }
  throw new Error("it was not refused");
}

function namespaced(keys: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(keys).flatMap(([key, value]) =>
    value === undefined ? [] : [[key.includes(":") ? key : `slipway:${key}`, value] as const],
  );
  return Object.fromEntries(entries);
}
