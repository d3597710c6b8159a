import type { KubeObject } from "../../sandbox/plugins/kubernetes/objects";

/** An object by `<apiVersion> <kind>`, named `a` in namespace `n`. */
export const object = (type: string, fields: object, metadata: object = {}): KubeObject => {
  const [apiVersion = "", kind = ""] = type.split(" ");
  return { apiVersion, kind, metadata: { name: "a", namespace: "n", ...metadata }, ...fields };
};

/** A condition of its status. */
export const condition = (type: string, status: string, more: object = {}): object => ({
  type,
  status,
  ...more,
});
