/** What this stand-in leaves to the official plugin, and how to say so. */
const instead =
  "Slipway's stand-in for the kubernetes plugin does not do this: install the official plugin " +
  "(`pulumi plugin install resource kubernetes`, needs the internet), or declare the objects themselves";

/** Why resources of a type cannot be had here, or undefined if they can. `kind` is that of the inputs. */
export function refusal(token: string, kind: unknown): string | undefined {
  const [, module = "", name = ""] = token.split(":");
  if (module.startsWith("helm.sh/")) return `${token} needs Helm. ${instead}.`;
  if (module.startsWith("kustomize")) return `${token} needs kustomize. ${instead}.`;
  if (module.startsWith("yaml")) return `${token} reads YAML manifests. ${instead}.`;
  if (typeof kind === "string" && name === `${kind}Patch`) {
    return `${token} patches an object that something else owns. ${instead}.`;
  }
  if (name.endsWith("List") && isBuiltIn(module)) {
    return `${token} is a list: declare its items as resources of their own.`;
  }
  return undefined;
}

/** Kubernetes' own groups have no dot, or end in `.k8s.io`. */
const isBuiltIn = (module: string): boolean => /^([a-z]+|.*\.k8s\.io)\//.test(module);

/** Why a function or component of the official plugin cannot be had here. */
export const refuseCall = (token: string): string =>
  refusal(token, undefined) ?? `${token}: ${instead}.`;

/** Provider arguments that would change what happens in ways that are not supported here. */
export const refusedArguments: Readonly<Record<string, string>> = {
  renderYamlToDirectory: `writing manifests instead of applying them: ${instead}`,
};
