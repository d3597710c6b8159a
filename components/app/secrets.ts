import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { AppContext, Version } from "./context";
import type { Track } from "./rollout";

/**
 * Declares the secrets of the version in a slot, and returns what they are called. Immutable and named by the engine: a changed
 * value is a new Secret under a new name, which the pods take over by a rolling update, and no hash of the value is written
 * anywhere. What serves while another version is on its way keeps what it has.
 */
export function declareSecret(
  context: AppContext,
  { slot, role }: Track,
  { spec }: Version,
): pulumi.Output<string> | undefined {
  const { secrets, next } = context.args;
  if (Object.keys(spec.secrets).length === 0) return undefined;
  const stringData: Record<string, pulumi.Output<string>> = {};
  for (const [variable, secret] of Object.entries(spec.secrets)) {
    const value = secrets[secret];
    if (value !== undefined) stringData[variable] = pulumi.secret(value);
  }
  const { namespace, labels } = context.metadata();
  const stays = next !== undefined && role === "live";
  const secret = new k8s.core.v1.Secret(
    context.engineName(context.slotName(slot)),
    { metadata: { namespace, labels }, immutable: true, stringData },
    // The plugin keeps what it was given as `data`, encoded.
    context.with({ ignoreChanges: stays ? ["stringData", "data"] : [] }),
  );
  return secret.metadata.name;
}
