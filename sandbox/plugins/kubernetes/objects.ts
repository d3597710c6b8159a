import { isJsonObject, type Json, type JsonObject } from "../rpc/values";

/** One entry of `metadata.managedFields`: which manager owns which fields. */
export interface ManagedFields {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly fieldsType: "FieldsV1";
  readonly fieldsV1: JsonObject;
  readonly subresource?: string;
  readonly time?: string;
}

/** The part of an object's metadata that this plugin looks at. */
export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly ManagedFields[];
}

/** Any Kubernetes object, as the API server sends it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
}

/** Where an object is. */
export interface Reference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** Group of an API version: `apps` of `apps/v1`, empty for the core group. */
export const groupOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";

/** API version and kind out of a type token: `kubernetes:core/v1:Pod` is `v1`, `Pod`. */
export function parseToken(token: string): { apiVersion: string; kind: string } {
  const [, module = "", kind = ""] = token.split(":");
  return { apiVersion: module.replace(/^core\//, ""), kind };
}

/** Id of a resource: `namespace/name`, or the name alone where there is no namespace. */
export const idOf = ({ namespace, name }: { namespace?: string; name: string }): string =>
  namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;

/** Namespace and name out of an id. */
export function parseId(id: string): { namespace?: string; name: string } {
  const slash = id.indexOf("/");
  return slash < 0 ? { name: id } : { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}

/** How messages call an object: `Deployment sjzy-test/api`. */
export const titleOf = (object: KubeObject | Reference): string => {
  const { kind } = object;
  return `${kind} ${idOf("metadata" in object ? object.metadata : object)}`;
};

/** Where an object is. */
export const referenceTo = ({ apiVersion, kind, metadata }: KubeObject): Reference => ({
  apiVersion,
  kind,
  namespace: metadata.namespace,
  name: metadata.name,
});

/** Is it a definition of custom resources? */
export const isDefinition = ({ apiVersion, kind }: { apiVersion: string; kind: string }): boolean =>
  kind === "CustomResourceDefinition" && groupOf(apiVersion) === "apiextensions.k8s.io";

/** Annotations by which a program steers this plugin; the official one knows the same. */
export const annotations = {
  autonamed: "pulumi.com/autonamed",
  skipAwait: "pulumi.com/skipAwait",
  waitFor: "pulumi.com/waitFor",
  timeoutSeconds: "pulumi.com/timeoutSeconds",
  replaceUnready: "pulumi.com/replaceUnready",
  patchForce: "pulumi.com/patchForce",
  patchFieldManager: "pulumi.com/patchFieldManager",
  deletionPropagationPolicy: "pulumi.com/deletionPropagationPolicy",
} as const;

/** Value of an annotation, where it is known and set. */
export function annotation(object: object, name: keyof typeof annotations): string | undefined {
  const metadata = (object as { metadata?: { annotations?: Readonly<Record<string, unknown>> } })
    .metadata;
  const value = metadata?.annotations?.[annotations[name]];
  return typeof value === "string" ? value : undefined;
}

/** Is an annotation "true"? */
export const isAnnotated = (object: object, name: keyof typeof annotations): boolean =>
  annotation(object, name) === "true";

/** A manifest ready to send: without nulls, which an API server would take for "unset this". */
export function withoutNulls<Value extends Json>(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutNulls) as Value;
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutNulls(inner)])) as Value;
}
