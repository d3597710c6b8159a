import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { AppContext } from "./context";
import { configData, configObject, type Configuration, type MountedConfig } from "./config";

/**
 * Declares the ConfigMaps and Secrets with the versions' configuration. They are immutable: another content is another object,
 * which pods get as they get a new image; the old one is deleted when no pod uses it.
 */
export function declareConfigs(
  context: AppContext,
  versions: readonly ({ configuration?: Configuration } | undefined)[],
): pulumi.Resource[] {
  const mounts = versions.flatMap((version) => version?.configuration?.mount ?? []);
  // Versions with the same configuration share one object.
  const byName = new Map(mounts.map((mount) => [configObject(mount), mount]));
  return [...byName.values()].map((mount) => declareConfig(context, mount));
}

function declareConfig(context: AppContext, mount: MountedConfig): pulumi.Resource {
  const what = configObject(mount);
  const metadata = context.metadata(what);
  const [name, data] = [context.engineName(what), configData(mount)];
  if (!mount.secret) {
    return new k8s.core.v1.ConfigMap(name, { metadata, immutable: true, ...data }, context.child);
  }
  const { data: texts = {}, binaryData = {} } = data;
  const args = {
    stringData: pulumi.secret(texts),
    ...(Object.keys(binaryData).length === 0 ? {} : { data: pulumi.secret(binaryData) }),
  };
  return new k8s.core.v1.Secret(name, { metadata, immutable: true, ...args }, context.child);
}
