import assert from "node:assert/strict";
import { SharedIngress } from "../../../components/app/shared-ingress";
import { Ingress } from "../../../components/ingress/ingress";
import { daemonSetSpec } from "../../../components/ingress/traefik";
import type { RolloutContract } from "../../../components/shared/contracts";
import { unwatched } from "../../../src/readiness/rollouts";
import { find, record, titles } from "../../support/record";
import type { Controller } from "../../../components/ingress/controller";

type Managed = Extract<Controller, { kind: "managed" }>;

const managed = (more: Partial<Managed> = {}): Managed => ({
  kind: "managed",
  image: "traefik@sha256:aa",
  nodes: {},
  trusted: [],
  port: 80,
  ...more,
});

const args = (controller: Controller) => ({
  className: "nginx",
  system: "sjzy",
  owner: "sjzy-test",
  controller,
  rollouts: unwatched,
});

const declare = (controller: Controller) =>
  record("test", () => {
    const { className, peers, port } = new Ingress("ingress", args(controller)).contract;
    return { className, peers, port };
  });

const fromNamespace = (name: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});

describe("the way in", () => {
  it("managed: the class, and Traefik with rights of its own", async () => {
    const { resources, outputs } = await declare(managed());
    assert.deepEqual(titles(resources), [
      "DaemonSet ingress-controller",
      "Namespace ingress-controller",
      "Service ingress-controller",
      "Service ingress-ready",
      "ServiceAccount ingress-controller",
      "Ingress ingress-ready",
      "IngressClass ingress-class",
      "NetworkPolicy ingress-controller",
      "ClusterRole ingress-controller",
      "ClusterRoleBinding ingress-controller",
      "Ingress ingress",
    ]);
    assert.deepEqual(outputs, { className: "nginx", peers: [fromNamespace("ingress")], port: 80 });
  });

  it("managed: its pods are waited for", async () => {
    const waited: string[] = [];
    const rollouts: RolloutContract = {
      ...unwatched,
      watch: (resource) => {
        waited.push(resource.constructor.name);
      },
    };
    await record("test", () => {
      new Ingress("ingress", { ...args(managed()), rollouts });
    });
    assert.deepEqual(waited, ["DaemonSet"]);
  });

  it("managed: it answers where it is set to, or not at all", async () => {
    assert.equal((await declare(managed({ port: 8080 }))).outputs.port, 8080);
    assert.equal((await declare(managed({ port: undefined }))).outputs.port, undefined);
  });

  it("managed: Traefik starts once it may read, and reports ready by a route", async () => {
    const { resources } = await declare(managed());
    const daemons = find(resources, "DaemonSet");
    const before = ["IngressClass", "ClusterRoleBinding", "Ingress", "Namespace", "Service"];
    const waited = daemons.dependsOn.map((urn) => urn.replace(/^.*:(\w+)::.*$/, "$1"));
    assert.deepEqual(new Set(waited), new Set(before));
    const route = find(resources, "Ingress", "ingress-ready").inputs["spec"] as {
      ingressClassName: string;
      rules: { host: string; http: { paths: { path: string }[] } }[];
    };
    const { readinessProbe } = containerOf(daemons.inputs["spec"]);
    const [rule] = route.rules;
    assert.equal(route.ingressClassName, "nginx");
    assert.deepEqual(readinessProbe, {
      httpGet: {
        path: rule?.http.paths[0]?.path,
        port: "web",
        httpHeaders: [{ name: "Host", value: rule?.host }],
      },
      periodSeconds: 2,
    });
  });

  it("managed: no minute of Traefik's cuts a long upload, on either side of it", async () => {
    const { resources } = await declare(managed());
    const { args } = containerOf(find(resources, "DaemonSet").inputs["spec"]);
    const limits = args
      .filter((arg) => /timeout=/.test(arg))
      .map((arg) => arg.replace(/^.*\./, ""));
    assert.deepEqual(limits, [
      "readtimeout=3600s",
      "readtimeout=3600s",
      "proxyreadtimeout=3600",
      "proxysendtimeout=3600",
    ]);
  });

  it("external: nothing but what is known of it", async () => {
    const { resources, outputs } = await declare({ kind: "external", namespace: "kube-system" });
    assert.deepEqual(titles(resources), ["Ingress ingress"]);
    assert.deepEqual(outputs.peers, [fromNamespace("kube-system")]);
  });

  it("the controller may read what it routes by, and write nothing but the status of an Ingress", async () => {
    const { resources } = await declare(managed());
    const rules = find(resources, "ClusterRole").inputs["rules"] as {
      resources: string[];
      verbs: string[];
    }[];
    for (const { resources: names, verbs } of rules) {
      const writes = verbs.filter((verb) => !["get", "list", "watch"].includes(verb));
      assert.deepEqual(writes, names.includes("ingresses/status") ? ["update"] : []);
    }
  });
});

interface Seen {
  args: string[];
  readinessProbe: object;
  lifecycle: { preStop: { sleep: { seconds: number } } };
}

function containerOf(daemonSet: unknown): Seen {
  const { template } = daemonSet as { template: { spec: { containers: Seen[] } } };
  return template.spec.containers[0] ?? assert.fail("no container");
}

describe("Traefik", () => {
  const args = {
    name: "traefik",
    image: "traefik@sha256:aa",
    className: "internal",
    nodes: { role: "edge" },
    labels: { app: "traefik" },
    selector: { app: "traefik" },
    published: "ingress/traefik",
    trusted: ["10.0.0.21", "10.0.0.22"],
  };
  const container = containerOf(daemonSetSpec(args));

  it("serves the nginx annotations of its class", () => {
    const wanted = [
      "--providers.kubernetesingressnginx=true",
      "--providers.kubernetesingressnginx.ingressclass=internal",
      "--providers.kubernetesingressnginx.controllerclass=k8s.io/ingress-nginx",
      "--providers.kubernetesingressnginx.publishservice=ingress/traefik",
      "--ping=true",
    ];
    for (const arg of wanted) assert.ok(container.args.includes(arg), arg);
  });

  it("trusts the given proxies, and nobody without any", () => {
    const flag = "--entrypoints.web.forwardedheaders.trustedips=";
    assert.ok(container.args.includes(`${flag}10.0.0.21,10.0.0.22`));
    const { args: alone } = containerOf(daemonSetSpec({ ...args, trusted: [] }));
    assert.ok(!alone.some((arg) => arg.startsWith(flag)));
  });

  it("takes a pod off its list well before that stops serving", () => {
    const flag = "--providers.providersthrottleduration=";
    const given = container.args.find((arg) => arg.startsWith(flag)) ?? "";
    const pause = Number(/^(\d+)ms$/.exec(given.slice(flag.length))?.[1]) / 1000;
    assert.ok(pause > 0 && container.lifecycle.preStop.sleep.seconds >= 2 * pause + 3, given);
  });
});

describe("the shared Ingress", () => {
  it("is one object for all, named after its system", async () => {
    const { resources } = await record("test", () => {
      new SharedIngress({
        placement: { namespace: "sjzy-test", system: "sjzy" },
        className: "nginx",
        routes: [{ hosts: ["tms.example"], path: "/", service: "packet-label" }],
      });
    });
    assert.deepEqual(titles(resources), [
      "Ingress sjzy-front-ingress",
      "SharedIngress sjzy-front-ingress",
    ]);
    const { metadata } = find(resources, "Ingress").inputs as {
      metadata: { name: string; namespace: string };
    };
    assert.equal(metadata.name, "sjzy-front-ingress");
  });
});
