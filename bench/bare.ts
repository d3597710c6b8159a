/** One object to declare: its Pulumi type, its logical name, and the manifest. */
export interface PreviewedObject {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

/**
 * The program everything is measured against: a plain loop over `objects.json` in JavaScript, without the platform. It is the
 * shortest program that declares the same objects.
 */
export const bareProgram = `
const k8s = require("@pulumi/kubernetes");
const { kubeconfig, objects } = require("./objects.json");
const args = { kubeconfig, enableConfigMapMutable: true, enableSecretMutable: true };
const provider = new k8s.Provider("cluster", args, { version: process.env.SLIPWAY_KUBERNETES_PLUGIN });
for (const { type, name, inputs } of objects) {
  const [, group, kind] = type.split(":");
  const [api, version] = group.split("/");
  const namespace = api.split(".")[0];
  new k8s[namespace][version][kind](name, inputs, { provider });
}
`;

interface PreviewStep {
  op: string;
  newState?: { type: string; urn: string; inputs?: Record<string, unknown> };
}

/** The Kubernetes objects of a `pulumi preview --json`, so that both sides declare exactly the same. */
export function declaredObjects(previewJson: string): PreviewedObject[] {
  const { steps } = JSON.parse(previewJson) as { steps: PreviewStep[] };
  return steps
    .map(({ newState }) => newState)
    .filter((state) => state !== undefined)
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ type, urn, inputs }) => ({
      type,
      name: urn.split("::").at(-1) ?? urn,
      inputs: inputs ?? {},
    }));
}
