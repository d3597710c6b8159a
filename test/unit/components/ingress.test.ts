import assert from "node:assert/strict";
import { SharedIngress } from "../../../components/app/shared-ingress";
import { Ingress, type Controller } from "../../../components/ingress/ingress";
import { daemonSetSpec } from "../../../components/ingress/traefik";
import { find, record, titles } from "../../support/record";

const declare = (controller: Controller) =>
  record(
    "test",
    () => new Ingress("ingress", { className: "nginx", system: "sjzy", controller }).contract,
  );

const fromNamespace = (name: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});

describe("the way in", () => {
  it("managed: the class, and Traefik with rights of its own", async () => {
    const { resources, outputs } = await declare({
      kind: "managed",
      image: "traefik@sha256:aa",
      nodes: {},
    });
    assert.deepEqual(titles(resources), [
      "DaemonSet ingress-controller",
      "Namespace ingress-controller",
      "ServiceAccount ingress-controller",
      "IngressClass ingress-class",
      "NetworkPolicy ingress-controller",
      "ClusterRole ingress-controller",
      "ClusterRoleBinding ingress-controller",
      "Ingress ingress",
    ]);
    assert.deepEqual(outputs, { className: "nginx", peers: [fromNamespace("ingress")], port: 80 });
  });

  it("sandbox: the class only; it answers where the sandbox does", async () => {
    const { resources, outputs } = await declare({ kind: "sandbox", port: 8080 });
    assert.deepEqual(titles(resources), ["IngressClass ingress-class", "Ingress ingress"]);
    assert.equal(outputs.port, 8080);
  });

  it("external: nothing but what is known of it", async () => {
    const { resources, outputs } = await declare({ kind: "external", namespace: "kube-system" });
    assert.deepEqual(titles(resources), ["Ingress ingress"]);
    assert.deepEqual(outputs.peers, [fromNamespace("kube-system")]);
  });

  it("the class stays the one that everybody's Ingress objects name", async () => {
    const { inputs } = find((await declare({ kind: "sandbox" })).resources, "IngressClass");
    assert.deepEqual((inputs["metadata"] as { name: string }).name, "nginx");
    assert.deepEqual(inputs["spec"], { controller: "k8s.io/ingress-nginx" });
  });

  it("the controller may read what it routes by, and write nothing but the status of an Ingress", async () => {
    const { resources } = await declare({ kind: "managed", image: "i", nodes: {} });
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

describe("Traefik", () => {
  const args = {
    ...{ name: "traefik", image: "traefik@sha256:aa", className: "internal" },
    ...{ nodes: { role: "edge" }, labels: { app: "traefik" }, selector: { app: "traefik" } },
  };
  const spec = daemonSetSpec(args) as unknown as {
    updateStrategy: object;
    template: { spec: { nodeSelector: object; containers: { args: string[]; ports: object[] }[] } };
  };
  const [container] = spec.template.spec.containers;

  it("serves the nginx annotations of its class", () => {
    const wanted = [
      "--providers.kubernetesingressnginx=true",
      "--providers.kubernetesingressnginx.ingressclass=internal",
      "--providers.kubernetesingressnginx.controllerclass=k8s.io/ingress-nginx",
      "--ping=true",
    ];
    for (const arg of wanted) assert.ok(container?.args.includes(arg), arg);
  });

  it("takes the ports 80 and 443 of the nodes it is told", () => {
    assert.deepEqual(container?.ports, [
      { name: "web", containerPort: 8000, hostPort: 80, protocol: "TCP" },
      { name: "websecure", containerPort: 8443, hostPort: 443, protocol: "TCP" },
      { name: "admin", containerPort: 8080, protocol: "TCP" },
    ]);
    assert.deepEqual(spec.template.spec.nodeSelector, { role: "edge" });
  });

  it("is updated node by node, the old pod first, for two cannot hold a host port", () => {
    assert.deepEqual(spec.updateStrategy, {
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
    });
  });
});

describe("the shared Ingress", () => {
  it("is one object for all, named after its system", async () => {
    const { resources } = await record("test", () => {
      new SharedIngress({
        placement: { namespace: "sjzy-test", system: "sjzy" },
        className: "nginx",
        routes: [{ hosts: ["tms.example"], path: "/", service: "packet-label", port: 80 }],
      });
    });
    assert.deepEqual(titles(resources), [
      "Ingress sjzy-front-ingress",
      "SharedIngress sjzy-front-ingress",
    ]);
    const { metadata } = find(resources, "Ingress").inputs as {
      metadata: { name: string; namespace: string; annotations: object };
    };
    assert.equal(metadata.name, "sjzy-front-ingress");
    assert.deepEqual(metadata.annotations, { "pulumi.com/skipAwait": "true" });
  });
});
