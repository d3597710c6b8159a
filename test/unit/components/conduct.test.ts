import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { conduct } from "../../../components/shared/conduct";
import { record, type Recorded } from "../../support/record";

const options = { transformations: [conduct] };
const metadata = { name: "a", annotations: { own: "kept" } };

/** The plugin's annotations on one object. */
async function told(declare: () => void): Promise<Record<string, string>> {
  const { resources } = await record("uat", declare);
  const [{ inputs }] = resources.filter(({ type }) => type.startsWith("kubernetes:")) as [Recorded];
  return (inputs["metadata"] as typeof metadata).annotations;
}

describe("how the kubernetes plugin goes about", () => {
  const force = "pulumi.com/patchForce";
  const skip = "pulumi.com/skipAwait";

  it("a Service: what others changed is taken back, and nothing waited for", async () => {
    const annotations = await told(() => new k8s.core.v1.Service("a", { metadata }, options));
    assert.deepEqual(annotations, { own: "kept", [force]: "true", [skip]: "true" });
  });

  it("a claim: an enlarged size stays, and no pod is waited for", async () => {
    const claim = () => new k8s.core.v1.PersistentVolumeClaim("a", { metadata }, options);
    assert.deepEqual(await told(claim), { own: "kept", [skip]: "true" });
  });

  it("whatever has no rule of its own: what others changed is taken back", async () => {
    const quota = () => new k8s.core.v1.ResourceQuota("a", { metadata }, options);
    assert.deepEqual(await told(quota), { own: "kept", [force]: "true" });
  });

  it("an object with settings of its own: as it says", async () => {
    const own = { name: "a", annotations: { own: "kept", [force]: "false" } };
    const map = () => new k8s.core.v1.ConfigMap("a", { metadata: own }, options);
    assert.deepEqual(await told(map), { own: "kept", [force]: "false" });
  });
});
