/** What a key is for, and how it is written; what is allowed its schema says, and its default. */
export interface Explained {
  /** What it does for whoever runs the stack, in a sentence or two. */
  purpose: string;
  /** The key with a value, as a file has it. */
  example: string;
  /** What holds without it, where that is not a plain value of its schema or of the platform's. */
  otherwise?: string;
}

/** The keys of a project's file, in the order in which its page tells of them. */
export const projectKeys: Readonly<Record<string, Explained>> = {
  name: {
    purpose: "The project's name in Gitea, exactly as there; the file is called after it",
    example: "name: SJZY.Package.Api",
    otherwise: "required",
  },
  kind: {
    purpose:
      "What it is: a front end is served on port 80 and reached from outside, a back end names its port and is reached from inside. It decides over the other defaults",
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
      "Who reaches it from outside the cluster: whoever asks the ingress controller for one of its hosts, whoever reaches a node's port, or nobody",
    example: "expose: ingress",
  },
  hosts: {
    purpose: "Public host names, where an Ingress leads to it",
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
      "Number of its pair of NodePorts, with `expose: nodePort`: it is added to the stack's `slipway:nodePorts.base`, and to `next` for a version on its way",
    example: "nodePort: 12",
    otherwise: "a number made of its name; `preview` says where two meet",
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
      "CPU, memory and room on the node's disk (`storage`: its log, and its `writable` directories) of one pod: what it is promised, and what it cannot have more of. Memory or storage above the limit ends it",
    example:
      "resources:\n  requests: { cpu: 100m, memory: 256Mi }\n  limits: { cpu: 2, memory: 1Gi, storage: 4Gi }",
  },
  env: {
    purpose:
      "Environment variables that anybody may read. Values arrive exactly as they are written, `1.10` and `$(NAME)` too",
    example: "env:\n  LOG_LEVEL: info\n  GREETING: costs $(PRICE)",
  },
  secrets: {
    purpose:
      "Environment variables that nobody may read: variable → name of a secret of the stack (`pulumi config set --secret slipway:secrets.orderDb`)",
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
      "Where its configuration is: baked into the image, or mounted from a ConfigMap or a Secret; then a change needs no build. [How it is read](../examples/config/README.md#how-it-is-read)",
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
      "Directories that outlive the pods, by name: at most 20 lower-case letters, digits and dashes. One that a single node can mount needs `replicas: 1` and `strategy: recreate`. `backup: true` keeps it off-site, as `slipway:backup` says",
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
    purpose: "Number of the user that the program runs as, never root",
    example: "runAsUser: 1000",
  },
  probes: {
    purpose:
      "When a container counts as started (`check` succeeds within `startSeconds`, once the image is there after at most `pullSeconds`), ready (`check`, every `periodSeconds`) and alive (`liveness`, which is `check` unless said). A program that may end seconds after it has answered once gets `minReadySeconds`: a release counts a pod when it has been ready for so long, and takes as much longer. Asked by `host`, as the release's check is: a program may answer only to its name; left out, by the first of its hosts at its release",
    example: "probes: { check: /healthz, liveness: tcp, startSeconds: 120 }",
  },
  drainSeconds: {
    purpose:
      "How long a pod that is to go still serves the requests under way, before its program is told to end: at a release, a scale-down or a drain of its node. Raise it for long requests and websockets; with `strategy: recreate` nothing answers for so much longer. Edges and ingress cut no request below an hour. At its end the program gets SIGTERM, and is killed 25 s later: one whose clients keep connections (by a NodePort) answers with `Connection: close` for a second before it closes them, as the examples do",
    example: "drainSeconds: 60",
  },
  egress: {
    purpose:
      "What its pods may reach besides each other and DNS: **nothing else, unless it is named here**. A database or a service outside the stack's namespace needs its address",
    example: "egress:\n  - { cidr: 10.20.0.0/16, ports: [5432] }\n  - { cidr: 203.0.113.7/32 }",
    otherwise: "its neighbours and DNS alone; `any` opens all",
  },
  hostAliases: {
    purpose: "Lines of /etc/hosts: address → names",
    example: "hostAliases: { 10.20.0.9: [legacy-db, db.internal] }",
  },
  spread: {
    purpose: "What its pods are spread over, as far as there is room",
    example: "spread: zones",
  },
  strategy: {
    purpose:
      "How a new version takes over: a word, or a canary as a mapping, `{ kind: canary, steps: [{ weight: 10, pause: approval }] }`; see [releases](releases.md#strategies)",
    example: "strategy: blueGreen",
  },
  check: {
    purpose:
      "What a new version must show before anybody gets to it, asked by a Job in the cluster; see [releases](releases.md#proof-before-traffic). `none` takes back what the stack asks of all",
    example: "check: { path: /healthz, status: 200 }",
    otherwise: "none",
  },
  prepull: {
    purpose: "A release brings the image to every node first, where pulls are slow",
    example: "prepull: true",
  },
  environments: {
    purpose: "The same keys, but for name, kind and group, for one stack alone",
    example: "environments:\n  prod: { replicas: 6, hosts: [shop.example] }",
    otherwise: "none",
  },
};

/** The keys of a stack's file, without `slipway:`, in the order in which its page tells of them. */
export const stackKeys: Readonly<Record<string, Explained>> = {
  system: {
    purpose: "Name of the platform: the namespace is `<system>-<stack>`",
    example: "slipway:system: sjzy",
    otherwise: "required",
  },
  cluster: {
    purpose:
      "Where it runs: `hosts`, a cluster that is made of machines reached by SSH ([machine room](machine-room.md)); `kubeconfig`, one that is there, such as ACK ([an existing cluster](existing-cluster.md)); `sandbox`, this machine. `identifier`, or the `name` of `hosts`, is for good: another one, as another `kind`, replaces every object of the stack",
    example: "slipway:cluster: { kind: kubeconfig, file: ack.yaml, identifier: shop-prod }",
    otherwise: "required",
  },
  registry: {
    purpose:
      "Registry that images are pulled from; `user` and `password`, which names a secret of the stack, together or neither",
    example:
      "slipway:registry: { host: harbor.shop.example, user: robot, password: registryRobot }",
    otherwise: "the sandbox brings its own; elsewhere it is required",
  },
  authorities: {
    purpose: "Certificates of who vouches for registries and mirrors that nobody else knows",
    example: "slipway:authorities: { harbor.room:8443: certs/room.pem }",
  },
  ingress: {
    purpose:
      "Which ingress controller leads requests to projects: Traefik that the stack runs (`managed`), or a controller that is there (`external`, in its namespace). A canary's share behind an Ingress is given by the `canary` annotations of ingress-nginx, which that controller knows, and Traefik from 3.7 on with its nginx provider. Of another one see its own pages; to one that does not know them a canary's Ingress is one more for the same host, and either version may get all requests: `blueGreen` there",
    example: "slipway:ingress: { controller: managed, domain: shop.example }",
    otherwise: "required; the class is nginx, the image of `managed` Traefik's from Docker Hub",
  },
  edge: {
    purpose:
      "Machines before the cluster that share one address; see [the edge](edge.md). Where `ssh` or `packages` is left out, the cluster's holds, if it is of kind `hosts`; the defaults below are those of one that is given",
    example:
      "slipway:edge:\n  address: 10.0.0.10\n  ssh: { key: roomKey }\n  nodes: [10.0.0.21, 10.0.0.22]\n  hosts:\n    edge1: { address: 10.0.0.11, hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh }\n    edge2: { address: 10.0.0.12, hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJi }",
    otherwise: "none",
  },
  nodePorts: {
    purpose:
      "What projects' numbers are added to, for `expose: nodePort`; `next`, at least 767 away from `base`, is for versions on their way, which edges then give their share",
    example: "slipway:nodePorts: { base: 31000, next: 32000 }",
    otherwise: "none, and no project may have a NodePort",
  },
  quota: {
    purpose:
      "What all pods of the namespace may ask for together; `preview` says what does not fit. A stack that says nothing has a quota too",
    example: "slipway:quota: { cpu: 64, memory: 128Gi, pods: 500, volumes: 80 }",
  },
  storage: {
    purpose:
      "Class of the volumes, and whether they outlive their projects. With `keep` no update deletes one",
    example: "slipway:storage: { class: fast, keep: true }",
  },
  defaults: {
    purpose:
      "Settings of all projects of the stack, which a project's own go over: any of [a project's keys](projects.md) but those that make sense for one alone",
    example: "slipway:defaults: { replicas: 3, env: { TZ: Asia/Shanghai } }",
    otherwise: "the platform's",
  },
  releases: {
    purpose:
      "What runs, one record per project; commands write it, and whoever edits one by hand and runs `pulumi up` gets the same",
    example:
      "slipway:releases:\n  SJZY.Package.Api: { digest: sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824, tag: v1.2.0 }",
    otherwise: "none; the sandbox builds what has none",
  },
  check: {
    purpose: "Image that asks a release's check: any with a static busybox",
    example:
      "slipway:check: { image: 'harbor.shop.example/tools/busybox@sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824' }",
    otherwise:
      "the sandbox has one; elsewhere projects with a check, other than a job of their own, or with `prepull` need it",
  },
  prometheus: {
    purpose: "Who answers the queries of checks",
    example: "slipway:prometheus: { url: http://prometheus.monitoring:9090 }",
    otherwise: "none",
  },
  build: {
    purpose:
      "Where sources and the [config repository](../examples/config/README.md) lie, and [what images are called](../examples/config/README.md#how-images-are-called)",
    example: "slipway:build: { code: code, config: code/config, tagFormat: time, latest: never }",
  },
  branches: {
    purpose: "Branches whose builds the stack takes",
    example: "slipway:branches: [master, release-*]",
    otherwise: "every one",
  },
  promotion: {
    purpose:
      "What lets a version in: proof from the stack before, a release tag, an approver who is not its author",
    example: "slipway:promotion: { from: uat, verified: true, tag: vX.Y.Z, approval: true }",
    otherwise: "nothing is asked for",
  },
  freeze: {
    purpose: "Times in which nothing is released, each once or every week",
    example:
      "slipway:freeze:\n  - { from: 2026-12-24T18:00:00Z, to: 2026-12-27T06:00:00Z, why: holidays }\n  - { from: Fri 18:00, to: Mon 06:00, zone: Asia/Shanghai, why: weekend }",
    otherwise: "none",
  },
  backup: {
    purpose:
      "What is kept off-site, when, for how long and where; see [backups](backups.md). `keep` is how many snapshots stay, of each hour, day, week or month the last: 1 to 1000 of each, and at least one of the four",
    example:
      "slipway:backup:\n  password: backupPassword\n  targets:\n    s3: { kind: s3, endpoint: https://s3.example, bucket: shop, accessKey: s3User, secretKey: s3Password }\n  parts:\n    state: { schedule: hourly, keep: { daily: 14 }, target: s3 }",
    otherwise: "nothing; refused where there is something to keep",
  },
  archive: {
    purpose: "Where releases write the plain YAML of what runs",
    example: "slipway:archive: { to: archive }",
    otherwise: "`archive/` of the checkout",
  },
  adopt: {
    purpose:
      "Objects that somebody else has made and that the stack takes over; `preview` names them",
    example: "slipway:adopt: [Deployment/packet-label, Service/packet-label]",
  },
  discard: {
    purpose: "Volumes that no file declares any more and that may go; `preview` names them",
    example: "slipway:discard: [PersistentVolumeClaim/packet-label.data]",
  },
};
