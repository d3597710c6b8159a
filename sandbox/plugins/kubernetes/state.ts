import {
  isObject,
  type JsonObject,
  mapValues,
  omit,
  type Properties,
  reveal,
  unknown,
  type Value,
} from "../rpc/values";
import { isDefinition, type KubeObject, withoutNulls } from "./objects";
import { markSecrets } from "./secrets";

/**
 * What is recorded of a resource beside the live object, under the names and with the meaning that the official plugin
 * gives them, so that either can go on from the other's state.
 */
export interface Checkpoint {
  /** Inputs as last applied. */
  readonly inputs: Properties;
  /** API version that the object was created with. */
  readonly initialApiVersion: string;
  /** Field manager that applies it. */
  readonly fieldManager: string;
  /** Read from the cluster and never applied by us: we own none of its fields yet. */
  readonly imported?: boolean;
}

const keys = {
  inputs: "__inputs",
  initialApiVersion: "__initialApiVersion",
  fieldManager: "__fieldManager",
  imported: "__imported",
} as const;

/** Keys of CustomResourceDefinition schemas that the SDK spells with underscores. */
const dashed = [
  "x-kubernetes-embedded-resource",
  "x-kubernetes-int-or-string",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-list-type",
  "x-kubernetes-map-type",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-validations",
];
const toDashes = new Map(dashed.map((key) => [key.replaceAll("-", "_"), key]));
const toUnderscores = new Map(dashed.map((key) => [key, key.replaceAll("-", "_")]));

/** The manifest that inputs stand for. Throws if anything in them is unknown. */
export function manifest(inputs: Properties): KubeObject {
  const plain = withoutNulls(reveal(inputs)) as JsonObject;
  const object = plain as unknown as KubeObject;
  return isDefinition(object) ? (rename(plain, toDashes) as unknown as KubeObject) : object;
}

/** Outputs of a resource: its live object, secrets marked, and the record. */
export function outputs(live: KubeObject, record: Checkpoint): Properties {
  const object = visible(live);
  return {
    ...markSecrets(object, record.inputs),
    [keys.inputs]: record.inputs,
    [keys.initialApiVersion]: record.initialApiVersion,
    [keys.fieldManager]: record.fieldManager,
    ...(record.imported === true && { [keys.imported]: true }),
  };
}

/** Outputs that a preview shows: what a dry run gave, less what the real run will decide. */
export function previewOutputs(dryRun: KubeObject, inputs: Properties): Properties {
  return undecided(markSecrets(visible(dryRun), inputs), inputs);
}

/** Outputs that a preview shows where no dry run could be had: the inputs, and what the real run will add to them. */
export const expectedOutputs = (inputs: Properties): Properties => undecided(inputs, inputs);

/** The record in a resource's outputs; undefined parts where another program wrote them. */
export function recorded(state: Properties): Partial<Checkpoint> {
  const { inputs, initialApiVersion, fieldManager, imported } = mapValues(
    keys,
    (key) => state[key],
  );
  return {
    inputs: isObject(inputs) ? inputs : undefined,
    initialApiVersion: typeof initialApiVersion === "string" ? initialApiVersion : undefined,
    fieldManager: typeof fieldManager === "string" ? fieldManager : undefined,
    imported: imported === true,
  };
}

/** The live object as it was last seen. */
export function lastSeen(state: Properties): Properties {
  return omit(state, ...Object.values(keys));
}

/** A live object as properties: without `managedFields`, which are long, and only the server's business. */
export function visible(live: KubeObject): Properties {
  const object = live as unknown as Properties;
  const metadata = omit(object["metadata"] as Properties, "managedFields");
  const shown = { ...object, metadata };
  return isDefinition(live) ? (rename(shown, toUnderscores) as Properties) : shown;
}

/** An object without status, and with everything unknown that the real run will decide. */
function undecided(object: Properties, inputs: Properties): Properties {
  return mapValues(omit(object, "status"), (value, key) => {
    if (!isObject(value)) return value;
    if (key === "metadata") {
      return {
        ...value,
        ...unknowns(["uid", "creationTimestamp", "resourceVersion", "generation"]),
      };
    }
    const isService = object["kind"] === "Service" && object["apiVersion"] === "v1";
    return key === "spec" && isService ? undecidedService(value, inputs["spec"]) : value;
  });
}

/** A Service's spec with the addresses and ports unknown that will be allocated. */
function undecidedService(spec: Properties, input: Value | undefined): Properties {
  if (spec["type"] === "ExternalName") return spec;
  const given = isObject(input) ? input : {};
  const exposed = spec["type"] === "NodePort" || spec["type"] === "LoadBalancer";
  const addresses = "clusterIP" in given ? [] : ["clusterIP", "clusterIPs"];
  const givenPorts = Array.isArray(given["ports"]) ? given["ports"] : [];
  const ports = Array.isArray(spec["ports"]) ? spec["ports"] : [];
  return {
    ...spec,
    ...unknowns(addresses),
    ports: ports.map((port, index) => {
      const givenPort = givenPorts[index];
      const decided = isObject(givenPort) && "nodePort" in givenPort;
      return isObject(port) && exposed && !decided ? { ...port, nodePort: unknown } : port;
    }),
  };
}

const unknowns = (names: readonly string[]): Properties =>
  Object.fromEntries(names.map((name) => [name, unknown]));

function rename(value: Value, names: ReadonlyMap<string, string>): Value {
  if (Array.isArray(value)) return value.map((item) => rename(item, names));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [names.get(key) ?? key, rename(inner, names)]),
  );
}
