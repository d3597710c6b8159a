import { hostKeyTypes, readHostKey } from "../../../components/shared/ssh/host-key";
import { isPrivateKey } from "../../../components/shared/ssh/private-key";
import type { Value } from "../rpc/values";

/** Kinds of values. */
export type PropertyKind =
  | "text"
  | "number"
  | "whole number"
  | "boolean"
  | "list"
  | "texts"
  | "variables"
  | "logging"
  | "source"
  | "hostKey"
  | "privateKey"
  | "connection"
  | "proxy";

/** One property of a resource, a function or a connection. */
export interface Property {
  readonly kind: PropertyKind;
  readonly required?: true;
  /** Always encrypted in state. */
  readonly secret?: true;
  /** Default value. */
  readonly default?: Value;
}

/** The properties of one thing, by name. */
export type Schema = Readonly<Record<string, Property>>;

const text: Property = { kind: "text" };

const login: Schema = {
  host: { kind: "text", required: true },
  port: { kind: "number", default: 22 },
  user: { kind: "text", default: "root" },
  password: { kind: "text", secret: true },
  privateKey: { kind: "privateKey", secret: true },
  privateKeyPassword: { kind: "text", secret: true },
  agentSocketPath: text,
  dialErrorLimit: { kind: "whole number", default: 10 },
  perDialTimeout: { kind: "whole number", default: 15 },
  hostKey: { kind: "hostKey" },
};

/** The properties inside a value of that kind. */
export const nested: Partial<Record<PropertyKind, Schema>> = {
  connection: { ...login, proxy: { kind: "proxy" } },
  proxy: login,
};

const lifecycle: Schema = { triggers: { kind: "list" }, create: text, update: text, delete: text };
const connection: Property = { kind: "connection", required: true, secret: true };
const base: Schema = {
  stdin: text,
  logging: { kind: "logging" },
  environment: { kind: "variables" },
  addPreviousOutputInEnv: { kind: "boolean" },
};
const local: Schema = {
  ...base,
  interpreter: { kind: "texts" },
  dir: text,
  assetPaths: { kind: "texts" },
  archivePaths: { kind: "texts" },
};

/** Resources and functions, as @pulumi/command has them. */
export const schemas: Readonly<Record<string, Schema>> = {
  "command:local:Command": { ...lifecycle, ...local },
  "command:local:run": { ...local, command: { kind: "text", required: true } },
  "command:remote:Command": { ...lifecycle, ...base, connection },
  "command:remote:CopyToRemote": {
    connection,
    triggers: { kind: "list" },
    source: { kind: "source", required: true },
    remotePath: { kind: "text", required: true },
  },
};

/** Which streams of a command are shown while it runs. */
export const loggings = ["stdout", "stderr", "stdoutAndStderr", "none"];

/** The expected kind of a wrong value; undefined if it is right. The value must be neither secret nor unknown. */
export function expected(kind: PropertyKind, value: unknown): string | undefined {
  const isText = typeof value === "string";
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  const rules: Readonly<Record<PropertyKind, readonly [boolean, string]>> = {
    text: [isText, "a text"],
    number: [typeof value === "number", "a number"],
    "whole number": [Number.isInteger(value), "a whole number"],
    boolean: [typeof value === "boolean", "true or false"],
    list: [Array.isArray(value), "a list"],
    texts: [Array.isArray(value), "a list of texts"],
    variables: [isRecord, "an object of texts"],
    logging: [isText && loggings.includes(value), `one of ${loggings.join(", ")}`],
    source: [isRecord, "an asset of a file or a text, or an archive of a file or a folder"],
    hostKey: [
      isText && readHostKey(value) !== undefined,
      "a public key as /etc/ssh/ssh_host_ed25519_key.pub has it, of one of the types " +
        hostKeyTypes.join(", "),
    ],
    privateKey: [
      isText && isPrivateKey(value),
      "a whole private key, with its BEGIN and END lines, in OpenSSH's format or as PEM",
    ],
    connection: [isRecord, "an object with a host"],
    proxy: [isRecord, "an object with a host"],
  };
  const [right, allowed] = rules[kind];
  return right ? undefined : allowed;
}
