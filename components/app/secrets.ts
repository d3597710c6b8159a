import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { AppContext, DeclaredVersion } from "./context";
import type { Track } from "./rollout";

/**
 * Declares the Secret of the version in a slot, and returns its name. It is immutable and named by the engine: a changed value is
 * a new Secret under a new name, which the pods get by a rolling update, and no hash of the value is written anywhere. During a
 * release the version that serves keeps its Secret.
 */
export function declareSecret(
  context: AppContext,
  { slot, role }: Track,
  { spec }: DeclaredVersion,
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
    // The plugin stores the input as `data`, encoded.
    context.with({ ignoreChanges: stays ? ["stringData", "data"] : [] }),
  );
  return secret.metadata.name;
}
