import * as pulumi from "@pulumi/pulumi";

type Mapping = Readonly<Record<string, unknown>>;

/**
 * Merge keys of Kubernetes' lists, by the list's key: `x-kubernetes-patch-merge-key` in the API's own description. All other
 * lists are replaced as a whole, as the API server does.
 * @see https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 */
const mergeKeys: Readonly<Record<string, readonly string[]>> = {
  containers: ["name"],
  initContainers: ["name"],
  ephemeralContainers: ["name"],
  env: ["name"],
  volumes: ["name"],
  volumeMounts: ["mountPath"],
  volumeDevices: ["devicePath"],
  // Of a container, and of a Service.
  ports: ["containerPort", "port"],
  hostAliases: ["ip"],
  imagePullSecrets: ["name"],
  secrets: ["name"],
  topologySpreadConstraints: ["topologyKey"],
  resourceClaims: ["name"],
  schedulingGates: ["name"],
  webhooks: ["name"],
};

/** Key of a directive that replaces or deletes an element or a mapping instead of merging it. */
const directive = "$patch";

/**
 * Applies a strategic-merge patch to an object: mappings are merged key by key, `null` removes a key, lists with a merge key are
 * merged by it, all others are replaced; `$patch: delete` removes an element, `$patch: replace` replaces it by the patch. Outputs
 * are patched once their values are known. The inputs do not change.
 */
export function strategicMerge(object: unknown, patch: unknown, key = ""): unknown {
  if (pulumi.Output.isInstance(object))
    return object.apply((value: unknown) => strategicMerge(value, patch, key));
  if (Array.isArray(patch)) return mergeList(object, patch, key);
  if (!isMapping(patch)) return patch;
  const { [directive]: how, ...rest } = patch;
  if (how === "delete") return undefined;
  const below = how !== "replace" && isMapping(object) ? object : {};
  const result = new Map(Object.entries(below));
  for (const [name, value] of Object.entries(rest)) {
    const merged = value === null ? undefined : strategicMerge(result.get(name), value, name);
    if (merged === undefined) result.delete(name);
    else result.set(name, merged);
  }
  return Object.fromEntries(result);
}

function mergeList(list: unknown, patch: readonly unknown[], key: string): unknown[] {
  const replaces = patch.some((each) => isMapping(each) && isOnly(each, "replace"));
  const wanted = patch.filter((each) => !(isMapping(each) && isOnly(each, "replace")));
  const mergeKey = (mergeKeys[key] ?? []).find((name) =>
    wanted.every((each) => isMapping(each) && name in each),
  );
  const before = replaces || mergeKey === undefined || !Array.isArray(list) ? [] : list;
  if (mergeKey === undefined)
    return wanted.flatMap((each) => strategicMerge(undefined, each) ?? []);
  const result: unknown[] = [...(before as unknown[])];
  for (const each of wanted as Mapping[]) {
    const at = result.findIndex((one) => isMapping(one) && one[mergeKey] === each[mergeKey]);
    const merged = strategicMerge(at === -1 ? undefined : result[at], each);
    if (at === -1) result.push(...(merged === undefined ? [] : [merged]));
    else result.splice(at, 1, ...(merged === undefined ? [] : [merged]));
  }
  return result;
}

/** `{ $patch: replace }` alone as an element: the rest of the list replaces the old one. */
const isOnly = (element: Mapping, how: string): boolean =>
  element[directive] === how && Object.keys(element).length === 1;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !pulumi.Output.isInstance(value);
