import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { AppContext } from "./context";
import { configData, configObject, type Configuration, type MountedConfig } from "./config";

/**
 * Declares what holds the versions' configuration. It never changes: another content is another object, which pods take over
 * as they take over a new image, one after the other or in the other slot; the old one goes when nothing runs on it.
 */
export function declareConfigs(
  context: AppContext,
  versions: readonly ({ configuration?: Configuration } | undefined)[],
): pulumi.Resource[] {
  const mounts = versions.flatMap((version) => version?.configuration?.mount ?? []);
  // One object for versions whose configuration is the same.
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
