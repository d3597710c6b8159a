import type { Patches } from "../shared/config/patches";
import type { ProjectKind } from "../shared/names";
import type { Check } from "../shared/pod";
import type { Problem } from "../shared/problem";
import { byteCount, millicores, type Bytes, type Cpu } from "../shared/units";
import { queryProblems } from "./query";
import { isHalves, type Strategy } from "./rollout";
import type { ReleaseCheck } from "./release-check";

/** CPU, memory, and ephemeral storage (logs, and directories that do not outlive the pod) of one container. */
export type Quantities = {
  /** In cores: `2`, or `50m` for thousandths. */
  cpu: Cpu;
  /** In bytes: `128Mi`, `1Gi`. */
  memory: Bytes;
  /** In bytes of the node's disk: `1Gi`. */
  storage: Bytes;
};

/** When a container counts as started, ready and alive. */
export interface Probes {
  /** Value of the probes' `Host` header. @default its first public host name, if it has any */
  host?: string | undefined;
  /** Path to GET, or `tcp` for a connection that must be accepted: `/healthz`. */
  check: Check;
  /** Check that decides whether the container is restarted, if it is another one. @default `check` */
  liveness?: Check;
  /** Maximum start time, in seconds. */
  startSeconds: number;
  /** Maximum time before the start, in seconds: until the pod is scheduled and the image is pulled. */
  pullSeconds: number;
  /** Seconds that a pod must be ready before it counts as available, so one that crashes soon replaces none. @default 0 */
  minReadySeconds?: number | undefined;
  /** Seconds between two probes. */
  periodSeconds: number;
  /** Seconds without an answer after which a probe fails. */
  timeoutSeconds: number;
  /** Consecutive failures that count as one. */
  failures: number;
}

/** A directory that outlives the pod. */
export interface VolumeSpec {
  /** Absolute path where it is mounted. */
  path: string;
  /** Requested size: `5Gi`. */
  size: Bytes;
  /** Whether the pods of one node at a time may use it, or those of all nodes. */
  access: "ReadWriteOnce" | "ReadWriteMany";
  /** Whether it is backed up, as the stack's `slipway:backup` says. @default false */
  backup?: boolean | undefined;
}

/** A destination outside the namespace that the pods may reach. */
export interface EgressRule {
  /**
   * IPv4 network.
   * @example `10.20.0.0/16`, `203.0.113.7/32`
   */
  cidr: string;
  /** TCP ports. @default all of them */
  ports?: number[];
}

/** A project's settings with every default filled in. Plain values only, because they decide which objects exist. */
export interface AppSpec {
  /** Name in Gitea: `SJZY.Package.Api`. */
  project: string;
  /** A front end serves a site, a back end an API; also the label `app.kubernetes.io/component` of its objects. */
  kind: ProjectKind;
  /** TCP port of the container and of its Service. */
  port: number;
  /** How many pods; the least number when `autoscale` is on. */
  replicas: number;
  /** Grows up to `max` pods to keep the average CPU at `cpu` % of the request. @default none: there are `replicas` pods */
  autoscale?: { max: number; cpu: number };
  /** Requests and limits of the container. */
  resources: { requests: Quantities; limits: Quantities };
  /** Startup, readiness and liveness probes of its pods. */
  probes: Probes;
  /** Public environment variables: variable → value, taken literally. */
  env: Record<string, string>;
  /** Secret environment variables: variable → name of the stack's secret. */
  secrets: Record<string, string>;
  /** Persistent volumes by name. */
  volumes: Record<string, VolumeSpec>;
  /** Extra lines of /etc/hosts: address → names. */
  hostAliases: Record<string, string[]>;
  /** Absolute paths of directories that the container may write to, empty at each start; all else is read-only. */
  writable: string[];
  /** UID and GID of the container, 1 to 65535; never root. */
  runAsUser: number;
  /** Strategic-merge patches of its objects, by `Kind/name`. @default none */
  customize?: Patches | undefined;
  /** Seconds that a terminating pod has to finish requests in progress. */
  drainSeconds: number;
  /** What the pods are spread over. */
  spread: "nodes" | "zones" | "none";
  /** What the pods may reach besides their own namespace and DNS. */
  egress: "any" | EgressRule[];
  /** How a new version takes over. */
  strategy: Strategy;
  /** Check that a new version must pass before any traffic reaches it. @default none: its pods being ready is enough */
  check?: ReleaseCheck;
  /** A new version's image is pulled to every node before anything else. */
  prepull: boolean;
  /** How it is reached from outside: by the ingress controller, by a port of every node, or not at all. */
  expose: "ingress" | "nodePort" | "none";
  /** Whether it uses the shared Ingress, or one of its own. */
  ingress: "shared" | "own";
  /** Public host names: `shop.example`. */
  hosts: string[];
  /** Path prefix below the host names: `/`, `/api`. */
  path: string;
  /** Port of every node, with `expose: nodePort`. @default none: the nodes open no port for it */
  nodePort?: number;
  /**
   * Port of every node for a version being rolled out; edges give it a share of the connections by it.
   * @default none: the number of pods determines the share
   */
  nextNodePort?: number;
}

/** `Host` header for probes and checks: a program may answer only to its own host name. */
export const askedAs = ({ probes, hosts }: Pick<AppSpec, "probes" | "hosts">): string | undefined =>
  probes.host ?? hosts[0];

/** Problems of a spec as a whole: rules between fields. */
export function specProblems(spec: AppSpec): Problem[] {
  return [
    ...resourceProblems(spec),
    ...mountProblems(spec),
    ...volumeProblems(spec),
    ...environmentProblems(spec),
    ...scaleProblems(spec),
    ...strategyProblems(spec),
    ...(spec.check === undefined || spec.check.kind === "job" ? [] : queryProblems(spec.check)),
  ];
}

/** Secrets that a spec names and its stack does not have. */
export function secretProblems({ secrets }: AppSpec, available: readonly string[]): Problem[] {
  return Object.entries(secrets)
    .filter(([, secret]) => !available.includes(secret))
    .map(([variable, secret]) => ({
      path: `secrets.${variable}`,
      given: secret,
      allowed: available.length === 0 ? "a secret of this stack; it has none" : list(available),
      fix: `pulumi config set --secret slipway:secrets.${secret}`,
    }));
}

function resourceProblems({ resources: { requests, limits } }: AppSpec): Problem[] {
  const problems: Problem[] = [];
  if (millicores(requests.cpu) > millicores(limits.cpu)) {
    problems.push(overLimit("cpu", requests.cpu, limits.cpu));
  }
  for (const name of ["memory", "storage"] as const) {
    if (byteCount(requests[name]) > byteCount(limits[name]))
      problems.push(overLimit(name, requests[name], limits[name]));
  }
  return problems;
}

function overLimit(name: keyof Quantities, given: string, limit: string): Problem {
  return {
    path: `resources.requests.${name}`,
    given,
    allowed: `at most the limit, ${limit}`,
    fix: `lower it, or raise \`resources.limits.${name}\``,
  };
}

/** Two mounts that overlap: Kubernetes rejects the pod, so every update would fail. */
function mountProblems({ volumes, writable }: AppSpec): Problem[] {
  const mounts = [
    ...writable.map((path, index) => ({ where: `writable.${index}`, path })),
    ...Object.entries(volumes).map(([name, { path }]) => ({ where: `volumes.${name}.path`, path })),
  ];
  return mounts.flatMap(({ where, path }, index) => {
    const first = mounts.slice(0, index).find((other) => other.path === path);
    if (first === undefined) return [];
    return [
      {
        path: where,
        given: path,
        allowed: "one mount for each path",
        fix: `\`${first.where.replace(/\.path$/, "")}\` mounts there too: change or remove one of the two`,
      },
    ];
  });
}

function volumeProblems({ volumes, replicas, strategy, autoscale }: AppSpec): Problem[] {
  const problems: Problem[] = [];
  for (const [name, { access }] of Object.entries(volumes)) {
    if (access === "ReadWriteMany") continue;
    if (replicas > 1 || autoscale !== undefined) {
      problems.push({
        path: "replicas",
        given: autoscale?.max ?? replicas,
        allowed: `1, since the volume \`${name}\` can be mounted on one node only`,
        fix: "set `replicas: 1` without `autoscale`, or give the volume `access: ReadWriteMany`",
      });
    }
    if (strategy.kind !== "recreate") {
      problems.push({
        path: "strategy",
        given: strategy.kind,
        allowed: `recreate, since a second pod could not mount the volume \`${name}\` beside the first`,
        fix: "add `strategy: recreate`, or give the volume `access: ReadWriteMany`",
      });
    }
  }
  return problems;
}

/** Linux's limit for one environment variable, in bytes, with its name, `=` and the terminating zero. */
const longestVariable = 131_072;

function environmentProblems({ env, secrets }: AppSpec): Problem[] {
  const twice = Object.keys(env)
    .filter((name) => Object.hasOwn(secrets, name))
    .map((name) => ({
      path: `env.${name}`,
      allowed: "a variable set once",
      fix: `it is also in \`secrets\`: remove one of the two`,
    }));
  const long = Object.entries(env)
    .map(([name, value]) => ({ name, bytes: Buffer.byteLength(`${name}=${value}`) + 1 }))
    .filter(({ bytes }) => bytes > longestVariable)
    .map(({ name, bytes }) => ({
      path: `env.${name}`,
      given: `${bytes} bytes`,
      allowed: `at most ${longestVariable} with its name: no program starts with more`,
      fix: "put it into a file of the project's configuration",
    }));
  return [...twice, ...long];
}

function scaleProblems({ autoscale, replicas }: AppSpec): Problem[] {
  if (autoscale === undefined || autoscale.max > replicas) return [];
  return [
    {
      path: "autoscale.max",
      given: autoscale.max,
      allowed: `more than \`replicas\`, which is the least number of pods (${replicas})`,
    },
  ];
}

function strategyProblems({ strategy, expose, autoscale }: AppSpec): Problem[] {
  if (isHalves(strategy) && autoscale !== undefined) {
    return [
      {
        path: "strategy",
        given: "halves",
        allowed:
          "a strategy whose numbers of pods an autoscaler may change; halves have fixed ones",
        fix: "use blueGreen, or remove `autoscale`",
      },
    ];
  }
  if (strategy.kind !== "canary") return [];
  const { steps, header, cookie } = strategy;
  const problems = steps.flatMap(({ weight }, index): Problem[] => {
    const before = steps[index - 1]?.weight;
    if (before === undefined || weight > before) return [];
    return [
      {
        path: `strategy.steps.${index}.weight`,
        given: weight,
        allowed: `more than the step before, ${before}: a canary only grows`,
      },
    ];
  });
  const chosen = { header, cookie };
  const named = (["header", "cookie"] as const).filter((key) => chosen[key] !== undefined);
  if (expose !== "ingress") {
    for (const key of named) {
      problems.push({
        path: `strategy.${key}`,
        given: chosen[key],
        allowed:
          "weights only, since no Ingress leads to this project that could tell requests apart",
        fix: "remove it, or set `expose: ingress`",
      });
    }
  } else if (steps.length === 1 && steps[0]?.weight === 0 && named.length === 0) {
    problems.push({
      path: "strategy.steps.0.weight",
      given: 0,
      allowed: "1 to 99 where neither `header` nor `cookie` leads anybody to the new version",
    });
  }
  return problems;
}

const list = (names: readonly string[]): string => `a secret of this stack: ${names.join(", ")}`;
