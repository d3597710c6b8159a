import type * as pulumi from "@pulumi/pulumi";
import type { AppSpec } from "../../components/app/spec";
import type { RegistryContract } from "../../components/shared/contracts";
import { unwatched } from "../../src/readiness/rollouts";
import type { AppArgs } from "../../components/app/args";

const digest = `sha256:${"d".repeat(64)}`;

/** A back end with recognisable values for all settings. */
export const spec: AppSpec = {
  project: "Shop.Api",
  kind: "back",
  port: 8080,
  replicas: 2,
  resources: {
    requests: { cpu: "50m", memory: "64Mi", storage: "64Mi" },
    limits: { cpu: "1", memory: "128Mi", storage: "1Gi" },
  },
  probes: {
    check: "/healthz",
    startSeconds: 60,
    pullSeconds: 60,
    periodSeconds: 10,
    timeoutSeconds: 2,
    failures: 3,
  },
  env: {},
  secrets: {},
  volumes: {},
  hostAliases: {},
  writable: ["/tmp"],
  runAsUser: 65532,
  drainSeconds: 5,
  spread: "nodes",
  egress: [],
  strategy: { kind: "rolling" },
  prepull: false,
  expose: "none",
  ingress: "shared",
  hosts: [],
  path: "/",
};

const registry: RegistryContract = { host: "harbor:8080" };

/** A rollout without waiting. */
export const nothing = undefined as unknown as pulumi.Resource;

/** Arguments of an `App` with that spec, changed as given. */
export const appArgs = (change: Partial<AppSpec> = {}, more: Partial<AppArgs> = {}): AppArgs => ({
  spec: { ...spec, ...change },
  claims: { ...more.live?.spec.volumes, ...spec.volumes, ...change.volumes },
  image: { ref: `harbor:8080/back/shop.api@${digest}` },
  secrets: {},
  placement: { namespace: "shop-test", system: "shop" },
  registry,
  rollouts: unwatched,
  ingress: {
    className: "nginx",
    peers: [{ ipBlock: { cidr: "10.0.0.0/8" } }],
    port: 80,
    ready: nothing,
  },
  storage: { keep: true },
  ...more,
});
