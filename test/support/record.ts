import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";

/** A resource as the program registered it. */
export interface Recorded {
  urn: string;
  type: string;
  name: string;
  /** URN of its parent; empty when it has none. */
  parent: string;
  custom: boolean;
  /** Inputs, secrets unwrapped. */
  inputs: Record<string, unknown>;
  /** Paths of the inputs that are secret, e.g. `stringData.DB_PASSWORD`. */
  secrets: string[];
  protect: boolean;
  retainOnDelete: boolean;
  /** URNs of its dependencies. */
  dependsOn: string[];
  /** Properties whose changes are ignored. */
  ignoreChanges: string[];
  /** Provider reference; empty when the default one is used. */
  provider: string;
}

/** Everything a program run declared and returned. */
export interface Recording<Outputs> {
  /** Sorted by type and name: the order of registrations is not the order of the program. */
  resources: Recorded[];
  outputs: Outputs;
}

/** How the SDK marks a secret in messages to the engine. */
const secretMark = "4dabf18193072939515e22adb298388d";

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getCustom(): boolean;
  getProvider(): string;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getDependenciesList(): string[];
  getIgnorechangesList(): string[];
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
}
interface Monitor {
  newUrn(parent: string, type: string, name: string): string;
  registerResource(request: RegisterRequest, callback: unknown): Promise<void>;
}

/** Runs a program against mocks and returns everything it declared. Every call of a provider function is an error. */
export async function record<Outputs>(
  stack: string,
  program: () => Outputs | Promise<Outputs>,
): Promise<Recording<pulumi.Unwrap<Outputs>>> {
  await pulumi.runtime.setMocks({ newResource, call: refuseCall }, "slipway", stack);
  const resources: Recorded[] = [];
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    resources.push(recorded(monitor, request));
    return register(request, callback);
  };
  const outputs = await resolved(pulumi.output(await program()));
  await pulumi.runtime.disconnect();
  resources.sort((a, b) => `${a.type} ${a.name}`.localeCompare(`${b.type} ${b.name}`));
  return { resources, outputs };
}

/** `Type name` of every resource: what a test compares as the exact list. */
export const titles = (resources: readonly Recorded[]): string[] =>
  resources.map(({ type, name }) => `${type.split(":").at(-1) ?? type} ${name}`);

/** The one resource of a kind (`Deployment`, `docker-build` types too) and, where there are several, of a name. */
export function find(resources: readonly Recorded[], kind: string, name?: string): Recorded {
  const found = resources.filter(
    (resource) =>
      resource.type.endsWith(`:${kind}`) && (name === undefined || resource.name === name),
  );
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Error(
      `${found.length} resources are ${kind} ${name ?? ""}: ${titles(resources).join(", ")}`,
    );
  }
  return only;
}

/** Puts a value at a path of nested mappings and lists; undefined takes away what is there. */
export function put(
  target: Record<string, unknown>,
  [step = "", ...rest]: readonly string[],
  value: unknown,
): void {
  if (rest.length > 0) {
    const next = target[step];
    if (typeof next !== "object" || next === null) throw new Error(`nothing at ${step}`);
    put(next as Record<string, unknown>, rest, value);
  } else if (value === undefined) {
    Reflect.deleteProperty(target, step);
  } else {
    target[step] = value;
  }
}

function recorded(monitor: Monitor, request: RegisterRequest): Recorded {
  const [type, name, parent] = [request.getType(), request.getName(), request.getParent()];
  const secrets: string[] = [];
  const inputs = unwrap(request.getObject()?.toJavaScript() ?? {}, [], secrets);
  return {
    type,
    name,
    parent,
    secrets,
    inputs: inputs as Record<string, unknown>,
    urn: monitor.newUrn(parent, type, name),
    custom: request.getCustom(),
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
    dependsOn: request.getDependenciesList(),
    ignoreChanges: request.getIgnorechangesList(),
    provider: request.getProvider(),
  };
}

function unwrap(value: unknown, path: readonly string[], secrets: string[]): unknown {
  if (Array.isArray(value))
    return value.map((item, index) => unwrap(item, [...path, String(index)], secrets));
  if (typeof value !== "object" || value === null) return value;
  if (secretMark in value) {
    secrets.push(path.join("."));
    return unwrap((value as unknown as { value: unknown }).value, path, secrets);
  }
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    unwrap(item, [...path, key], secrets),
  ]);
  return Object.fromEntries(entries) as unknown;
}

/** A provider's answer: the inputs, a name if the engine generates one, and a digest for an image. */
function newResource({ type, name, inputs }: pulumi.runtime.MockResourceArgs): {
  id: string;
  state: object;
} {
  const given = inputs as { metadata?: { name?: string }; tags?: string[] };
  const metadata = { name: `${name}-1a2b3c`, ...given.metadata };
  const digest = `sha256:${createHash("sha256").update(String(given.tags)).digest("hex")}`;
  const known = type === "docker-build:index:Image" ? { digest } : { metadata };
  return { id: `${name}-id`, state: { ...given, ...known } };
}

function refuseCall({ token }: pulumi.runtime.MockCallArgs): never {
  throw new Error(`the program called ${token}, which no test expects`);
}

const resolved = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((done) => {
    output.apply(done);
  });
