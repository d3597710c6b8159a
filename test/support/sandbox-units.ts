import * as assert from "node:assert/strict";
import type { UnitContext } from "../../sandbox/cluster/context";
import { renderUnits } from "../../sandbox/cluster/specification";

export const layout = { name: "test", id: "0123abcd", cache: "/cache", state: "/state" };
export const registry = "127.0.0.1:20002";
/** A sandbox with a real node. */
export const isolated: UnitContext = {
  layout,
  mode: "isolated",
  ports: {
    apiserver: 20001,
    registry: 20002,
    ingress: 20003,
    etcd: 20004,
    etcdPeer: 20005,
    controllerManager: 20006,
    scheduler: 20007,
    kwok: 20008,
    ingressTls: 20009,
  },
  binary: (name) => `/tools/${name}`,
  images: {
    pause: `${registry}/slipway/pause@sha256:p`,
    busybox: `${registry}/slipway/busybox@sha256:b`,
  },
  mayLowerOomScore: true,
  snapshotter: "overlayfs",
};
/** One whose nodes are all simulated. */
export const plain: UnitContext = { ...isolated, mode: "plain" };
export const modes = { isolated, plain };

/** A unit by its name. */
export const unitOf = (name: string, context = isolated) => {
  const found = renderUnits(context).find((unit) => unit.name === name);
  return found ?? assert.fail(`no unit ${name}`);
};
/** Text of a unit's file. */
export const fileOf = (unit: string, path: string, context = isolated) =>
  unitOf(unit, context).files?.find((file) => file.path === path)?.text ??
  assert.fail(`${unit} has no ${path}`);
