import type { Explained } from "../../components/shared/config/explained";
import type { ProjectFile } from "./project";

/** The keys of a project's file, in the order of its reference page. */
export const projectKeys: Readonly<Record<keyof ProjectFile, Explained>> = {
  name: {
    purpose: "The project's name in Gitea, exactly as there; the file has the same name",
    example: "name: SJZY.Package.Api",
    otherwise: "required",
  },
  kind: {
    purpose:
      "What it is: a front end serves on port 80 and is reached from outside, a back end names its port and is reached from inside. It determines the other defaults",
    example: "kind: back",
    otherwise: "required",
  },
  group: {
    purpose: "First part of its image's path in the registry, in place of the kind",
    example: "group: tools",
    otherwise: "the kind",
  },
  port: {
    purpose: "TCP port that the program listens on, on all addresses; its Service has the same",
    example: "port: 9090",
  },
  expose: {
    purpose:
      "How it is reached from outside the cluster: by its hosts at the ingress controller, by a port of every node, or not at all",
    example: "expose: ingress",
  },
  hosts: {
    purpose: "Public host names, where an Ingress routes to it",
    example: "hosts: [shop.example, www.shop.example]",
    otherwise:
      "the project's name in lower-case letters, with a dash for all that is neither letter nor digit, below the stack's `slipway:ingress.domain`: `sjzy-package-api.test.example`",
  },
  path: {
    purpose: "Path prefix below those hosts; several projects may share a host by it",
    example: "path: /api",
  },
  ingress: {
    purpose: "One Ingress for all projects of the stack, or one of its own",
    example: "ingress: own",
  },
  nodePort: {
    purpose:
      "Number of its pair of NodePorts, with `expose: nodePort`: it is added to the stack's `slipway:nodePorts.base`, and to `next` for a version being rolled out",
    example: "nodePort: 12",
    otherwise: "a number derived from its name; `preview` reports where two projects have the same",
  },
  replicas: {
    purpose: "How many pods run; the least number where `autoscale` is on",
    example: "replicas: 4",
  },
  autoscale: {
    purpose: "Grows from `replicas` up to `max` pods, to keep the average CPU at `cpu` percent",
    example: "autoscale: { max: 10, cpu: 70 }",
    otherwise: "none; `cpu` is 80",
  },
  resources: {
    purpose:
      "CPU, memory and space on the node's disk (`storage`: its log, and its `writable` directories) of one pod: requests and limits. Memory or storage above the limit ends it",
    example:
      "resources:\n  requests: { cpu: 100m, memory: 256Mi }\n  limits: { cpu: 2, memory: 1Gi, storage: 4Gi }",
  },
  env: {
    purpose:
      "Environment variables without secrets. Values arrive exactly as they are written, `1.10` and `$(NAME)` too",
    example: "env:\n  LOG_LEVEL: info\n  GREETING: costs $(PRICE)",
  },
  secrets: {
    purpose:
      "Secret environment variables: variable → name of a secret of the stack (`pulumi config set --secret slipway:secrets.orderDb`)",
    example: "secrets: { DB_PASSWORD: orderDb }",
  },
  config: {
    purpose:
      "Its file in the [config repository](../examples/config/README.md), where that is not found by its name",
    example: "config: back/appsettings.json.Order",
    otherwise: "found by the project's name and kind",
  },
  configMode: {
    purpose:
      "Where its configuration is: built into the image, or mounted from a ConfigMap or a Secret; then a change needs no build. [How it is read](../examples/config/README.md#how-it-is-read)",
    example: "configMode: mount",
  },
  configPath: {
    purpose: "Where a mounted configuration appears in the container",
    example: "configPath: /etc/order",
    otherwise: "where the Dockerfile copies it to",
  },
  dockerfile: {
    purpose:
      "Its Dockerfile in the [config repository](../examples/config/README.md), where that is not found by its name. [The examples](../examples/README.md) show one for each kind",
    example: "dockerfile: back/Dockerfile.Order",
    otherwise: "found by the project's name and kind",
  },
  volumes: {
    purpose:
      "Directories that outlive the pods, by name: at most 20 lower-case letters, digits and dashes. One that a single node can mount needs `replicas: 1` and `strategy: recreate`. `backup: true` backs it up, as `slipway:backup` says",
    example:
      "volumes:\n  uploads: { path: /data/uploads, size: 20Gi, access: ReadWriteMany, backup: true }",
    otherwise: "none; `access` is ReadWriteOnce",
  },
  writable: {
    purpose:
      "Directories that the program may write to, empty at each start; all else is read-only",
    example: "writable: [/tmp, /var/cache/nginx]",
  },
  runAsUser: {
    purpose: "User id (UID) that the program runs as, never root",
    example: "runAsUser: 1000",
  },
  probes: {
    purpose:
      "When a container counts as started (`check` succeeds within `startSeconds`, once the image is there after at most `pullSeconds`), ready (`check`, every `periodSeconds`) and alive (`liveness`, by default `check`). A program that may end seconds after it has answered once needs `minReadySeconds`: a release counts a pod when it has been ready for that time, and takes that much longer. Probes, and the release's check, send `host` as host name, because a program may answer only to its own; by default the first of its hosts at its release",
    example: "probes: { check: /healthz, liveness: tcp, startSeconds: 120 }",
  },
  drainSeconds: {
    purpose:
      "How long a terminating pod has for requests in progress, before its program gets SIGTERM: at a release, a scale-down or a drain of its node. Raise it for long requests and websockets; with `strategy: recreate` nothing answers for that much longer. Edges and ingress cut no request below an hour. The program is killed 25 s after SIGTERM: one whose clients keep connections (by a NodePort) answers with `Connection: close` for a second before it closes them, as the examples do",
    example: "drainSeconds: 60",
  },
  egress: {
    purpose:
      "What its pods may reach besides each other and DNS: **nothing else, unless it is named here**. A database or a service outside the stack's namespace needs its address",
    example: "egress:\n  - { cidr: 10.20.0.0/16, ports: [5432] }\n  - { cidr: 203.0.113.7/32 }",
    otherwise: "only pods of its namespace and DNS; `any` opens all",
  },
  hostAliases: {
    purpose: "Lines of /etc/hosts: address → names",
    example: "hostAliases: { 10.20.0.9: [legacy-db, db.internal] }",
  },
  spread: {
    purpose: "What its pods are spread over, as far as there is capacity",
    example: "spread: zones",
  },
  strategy: {
    purpose:
      "How a new version takes over: a word, or a canary as a mapping, `{ kind: canary, steps: [{ weight: 10, pause: approval }] }`; see [releases](releases.md#strategies)",
    example: "strategy: blueGreen",
  },
  check: {
    purpose:
      "Check that a new version must pass before it gets traffic, run by a Job in the cluster; see [releases](releases.md#proof-before-traffic). `none` removes the stack's default",
    example: "check: { path: /healthz, status: 200 }",
    otherwise: "none",
  },
  prepull: {
    purpose: "A release pulls the image to every node first, for slow pulls",
    example: "prepull: true",
  },
  customize: {
    purpose:
      "Strategic-merge patches of its objects, by `Kind/name`, for fields without a key; see [customize](customize.md). They belong to a version",
    example:
      "customize:\n  Deployment/x: { spec: { template: { spec: { priorityClassName: shop-critical } } } }",
    otherwise: "none",
  },
  environments: {
    purpose: "The same keys, except name, kind and group, for one stack alone",
    example: "environments:\n  prod: { replicas: 6, hosts: [shop.example] }",
    otherwise: "none",
  },
};
