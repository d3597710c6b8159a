import { execa } from "execa";
import { join } from "node:path";
import { readContract } from "../../components/cluster/sandbox";
import { fileLayer, ociImage } from "../../sandbox/images/oci";
import { push } from "../../sandbox/images/push";
import { debianLayer } from "../../sandbox/images/rootfs";
import { layout } from "../../sandbox/layout";
import { silent } from "../../sandbox/progress";
import { sessionEnv } from "../../sandbox/session";
import { contractPath } from "../../sandbox/contract";

const namespace = "monitoring";
const name = "prometheus";
const metadata = { name, namespace };

/** Its address for pods of the sandbox. */
export const prometheusUrl = `http://${name}.${namespace}:9090`;

/** A project whose pods are scraped. */
interface Watched {
  namespace: string;
  /** Its Kubernetes name. */
  app: string;
  port: number;
}

/** Debian's Prometheus as a pod of the sandbox, which scrapes the pods of one project once a second. */
export async function startPrometheus(watched: Watched): Promise<void> {
  const here = layout();
  const { registry } = readContract(contractPath(here));
  const layers = [await fileLayer(await debianLayer(here.cache, "prometheus", silent))];
  const image = await push(
    ociImage({ layers, config: { User: "65534", Entrypoint: ["/usr/bin/prometheus"] } }),
    join(registry, "tools/prometheus:test"),
  );
  await apply([
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "scraped", namespace: watched.namespace },
      spec: { clusterIP: "None", publishNotReadyAddresses: true, selector: { app: watched.app } },
    },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      // It reads YAML, of which JSON is a part.
      data: { "prometheus.yml": JSON.stringify(scraping(watched)) },
    },
    { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: deployment(image) },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: { app: name }, ports: [{ port: 9090 }] },
    },
  ]);
  await kubectl("rollout", "status", `deployment/${name}`, "--timeout=120s");
}

export async function stopPrometheus(): Promise<void> {
  await kubectl("delete", "namespace", namespace, "--ignore-not-found");
}

/** Debian's build cannot discover pods by the API server, but by DNS. Their own metrics name the pod. */
const scraping = ({ namespace: watched, port }: Watched): object => ({
  global: { scrape_interval: "1s", scrape_timeout: "1s" },
  scrape_configs: [
    {
      job_name: "pods",
      honor_labels: true,
      dns_sd_configs: [
        {
          names: [`scraped.${watched}.svc.cluster.local`],
          type: "A",
          port,
          refresh_interval: "1s",
        },
      ],
    },
  ],
});

const deployment = (image: string): object => ({
  selector: { matchLabels: { app: name } },
  template: {
    metadata: { labels: { app: name } },
    spec: {
      automountServiceAccountToken: false,
      containers: [
        {
          name,
          image,
          args: ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/data"],
          readinessProbe: { httpGet: { path: "/-/ready", port: 9090 }, periodSeconds: 1 },
          volumeMounts: [
            { name: "config", mountPath: "/etc/prometheus" },
            { name: "data", mountPath: "/data" },
          ],
        },
      ],
      securityContext: { runAsUser: 65534, fsGroup: 65534 },
      volumes: [
        { name: "config", configMap: { name } },
        { name: "data", emptyDir: {} },
      ],
    },
  },
});

async function apply(objects: readonly object[]): Promise<void> {
  const input = objects.map((object) => JSON.stringify(object)).join("\n---\n");
  await execa("kubectl", ["apply", "--filename=-"], { env: sessionEnv(layout()), input });
}

async function kubectl(...args: string[]): Promise<void> {
  await execa("kubectl", ["--namespace", namespace, ...args], { env: sessionEnv(layout()) });
}
