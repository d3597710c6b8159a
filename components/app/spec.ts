import type { Patches } from "../shared/config/patches";
import type { Kind } from "../shared/names";
import type { Check } from "../shared/pod";
import type { Problem } from "../shared/problem";
import { byteCount, millicores, type Bytes, type Cpu } from "../shared/units";
import { queryProblems, type Query } from "./query";
import { isHalves, type Strategy } from "./rollout";

/** CPU, memory, and space on the node's disk (logs, and what is written to directories that do not outlive the pod) of one container. */
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
  /** Host name that the program is asked as. @default its first public one, if it has any */
  host?: string | undefined;
  /** Path to GET, or `tcp` for a connection that must be accepted: `/healthz`. */
  check: Check;
  /** What is asked to see whether it must be restarted, if that is another question. @default `check` */
  liveness?: Check;
  /** Longest start, in seconds. */
  startSeconds: number;
  /** Longest time before that, in seconds: until a node has been found, and has the image. */
  pullSeconds: number;
  /** Seconds that a pod must have been ready before it counts: what ends soon after it answers takes over from nobody. @default 0 */
  minReadySeconds?: number | undefined;
  /** Seconds between two questions. */
  periodSeconds: number;
  /** Seconds until no answer is a failure. */
  timeoutSeconds: number;
  /** Failures in a row that count. */
  failures: number;
}

/** A directory that outlives the pod. */
export interface Volume {
  /** Absolute path where the container sees it. */
  path: string;
  /** Space that is claimed: `5Gi`. */
  size: Bytes;
  /** Whether the pods of one node may use it at a time, or those of all nodes. */
  access: "ReadWriteOnce" | "ReadWriteMany";
  /** It is kept off-site, as the stack's `slipway:backup` says. @default false */
  backup?: boolean | undefined;
}

/** Somewhere outside the namespace that the pods may reach. */
export interface EgressRule {
  /**
   * IPv4 network.
   * @example `10.20.0.0/16`, `203.0.113.7/32`
   */
  cidr: string;
  /** TCP ports. @default all of them */
  ports?: number[];
}

/** What a project runs as: its file with every default filled in. Plain values only, for they decide which objects exist. */
export interface AppSpec {
  /** Name in Gitea: `SJZY.Package.Api`. */
  project: string;
  /** A front end serves a site, a back end an API; also the label `app.kubernetes.io/component` of its objects. */
  kind: Kind;
  /** TCP port of the container and of its Service. */
  port: number;
  /** How many pods; the least number when `autoscale` is on. */
  replicas: number;
  /** Grows up to `max` pods to keep the average CPU at `cpu` % of the request. @default none: there are `replicas` pods */
  autoscale?: { max: number; cpu: number };
  /** What the container is promised (`requests`), and what it cannot have more of (`limits`). */
  resources: { requests: Quantities; limits: Quantities };
  /** How its pods are asked whether they started, are ready and are alive. */
  probes: Probes;
  /** Environment variables that anyone may read: variable → value, taken letter by letter. */
  env: Record<string, string>;
  /** Environment variables that nobody may read: variable → name of the stack's secret. */
  secrets: Record<string, string>;
  /** Persistent volumes by name. */
  volumes: Record<string, Volume>;
  /** Extra lines of /etc/hosts: address → names. */
  hostAliases: Record<string, string[]>;
  /** Absolute paths of directories the container may write to, empty at each start; all else is read-only. */
  writable: string[];
  /** Number of the user and the group that the container runs as, 1 to 65535; never root. */
  runAsUser: number;
  /** Strategic-merge patches of its objects, by `Kind/name`. @default none */
  customize?: Patches | undefined;
  /** Seconds that a pod which is to go still serves requests under way. */
  drainSeconds: number;
  /** What the pods are spread over. */
  spread: "nodes" | "zones" | "none";
  /** What the pods may reach besides their own namespace and DNS. */
  egress: "any" | EgressRule[];
  /** How a new version takes over. */
  strategy: Strategy;
  /** What a new version must show before any traffic reaches it. @default none: its pods being ready is enough */
  check?: ReleaseCheck;
  /** A new version's image is pulled to every node before anything else. */
  prepull: boolean;
  /** What leads to it from outside: the ingress controller, a port of every node, or nothing. */
  expose: "ingress" | "nodePort" | "none";
  /** The Ingress that all may share, or one of its own. */
  ingress: "shared" | "own";
  /** Public host names: `shop.example`. */
  hosts: string[];
  /** Path prefix below the host names: `/`, `/api`. */
  path: string;
  /** Port of every node, with `expose: nodePort`. @default none: no port of the nodes leads to it */
  nodePort?: number;
  /**
   * Port of every node for a version on its way; edges give it a share of the connections by it.
   * @default none: the number of pods decides over the share
   */
  nextNodePort?: number;
}

/** Host name that a project is asked as by whoever asks how it is: a program may answer only to its own. */
export const askedAs = ({ probes, hosts }: Pick<AppSpec, "probes" | "hosts">): string | undefined =>
  probes.host ?? hosts[0];

/** What is wrong with a spec as a whole: rules between fields, which no single field can keep. */
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

/** Secrets that a spec asks for and its stack does not have. */
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

/** Two mounts that meet: Kubernetes refuses the pod, and with it every update. */
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

/** The longest that Linux hands to a program as one variable, its name, `=` and an end included, in bytes. */
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

/** What a new version must show before any traffic reaches it. Asked in the cluster, by a Job. */
export type ReleaseCheck =
  /** A GET that must be answered as said, and questions to Prometheus. */
  | (Asked & {
      kind: "http";
      /** Path with a query, if any: `/healthz`. */
      path: string;
      /** Status of the answer. */
      status: number;
      /** Text that the answer's body must contain. */
      body?: string;
      /** What of the release the answer's body must contain as well, so that no other version can pass for it. */
      version?: "tag" | "commit";
      query?: readonly Query[];
    })
  /** Questions to Prometheus alone. */
  | (Asked & { kind: "query"; query: readonly Query[] })
  /** A container that must end with 0. Its environment says where to ask: `TARGET`, `DIGEST`, `TAG`, `COMMIT`. */
  | {
      kind: "job";
      /** Image by digest; the stack's `check.image` when left out. */
      image?: string;
      command: readonly string[];
      /** Seconds. */
      timeout: number;
    };

/** What questions have in common. Asked again every second until all are answered as said, or `timeout` is over. */
export interface Asked {
  /** Seconds that the answers must have been right without a break. @default 0 */
  for?: number;
  /** Seconds. */
  timeout: number;
}
