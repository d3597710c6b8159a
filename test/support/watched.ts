import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { readYaml } from "../../components/shared/config/document";
import type { LiveObjects } from "../../src/status/objects";
import { Watch, type Given } from "../../src/status/watch";
import { record } from "./record";

export const where = { system: "sjzy", own: "sjzy-uat", controller: "ingress", clusterWide: true };
export const nothing = {
  fresh: false,
  strangers: new Map(),
  claims: new Map(),
  services: new Map(),
  taken: new Map(),
};

const file =
  "name: Web\nvolumes:\n  data:\n    path: /data\n    size: 2Gi\n    access: ReadWriteOnce\n";
const read = readYaml("projects/Web.yaml", file);
export const volumes = new Map(
  "document" in read
    ? [["web.data", { document: () => read.document, volume: "data", kept: false }]]
    : [],
);

/** The error for a stack that declares these, on a cluster with those. */
export async function told(
  {
    deployed = [],
    classes,
    ...live
  }: Partial<LiveObjects> & Pick<Given, "classes"> & { deployed?: Parameters<Watch["know"]>[0] },
  declare: (options: pulumi.CustomResourceOptions) => void,
  adopt: readonly string[] = [],
  preview = true,
): Promise<string> {
  const all = { where, ...nothing, ...live };
  const watch = new Watch(all, { stack: "uat", adopt, classes, volumes }, preview);
  watch.know(deployed);
  try {
    await record("uat", () => {
      declare({ transformations: [watch.transformation] });
      watch.refuse();
      watch.pass();
    });
    return "";
  } catch (error) {
    assert.ok(pulumi.RunError.isInstance(error));
    return error.message;
  }
}
