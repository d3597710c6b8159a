import type { RegistryAccess } from "../shared/contracts";
import type { Secrets } from "../shared/config/secrets";
import type { DeclareArgs, Declared } from "../shared/module";
import { AppNamespace, type AppNamespaceArgs } from "./namespace";
import type { NamespaceTypes } from "./types";

/** Declares the projects' namespace, with the pull Secret. */
export function declareNamespace({
  settings,
  needs,
  context,
}: DeclareArgs<NamespaceTypes>): Declared<NamespaceTypes> {
  const { system, quota, storage } = settings;
  const registry = pulledBy(needs.registry, context.secrets);
  const args = { system, environment: context.stack, quota, registry, keep: storage.keep };
  const namespace = new AppNamespace(args, needs.cluster.options);
  const { placement, registry: contract } = namespace;
  return { contract: { placement, registry: contract, storage, ready: namespace } };
}

function pulledBy(
  { host, user, password = "" }: RegistryAccess,
  secrets: Secrets,
): AppNamespaceArgs["registry"] {
  const secret = secrets.output(password);
  return user === undefined || secret === undefined ? { host } : { host, user, password: secret };
}
