import type * as k8s from "@pulumi/kubernetes";
import { nearest } from "../shared/nearest";
import type { Problem } from "../shared/problem";

type EgressRule = k8s.types.input.networking.v1.NetworkPolicyEgressRule;

/** A Prometheus query whose result must lie within bounds. */
export interface Query {
  /** PromQL that yields a scalar or an instant vector, with placeholders: see `QueryFacts`. */
  expr: string;
  /** What the number means, for messages that it is out of bounds. @default nothing: only the expression is shown */
  describe?: string;
  /** Minimum of each series of the result. @default no minimum; `max` is given then */
  min?: number;
  /** Maximum of each series of the result. @default no maximum; `min` is given then */
  max?: number;
  /** Whether an empty result or NaN, where nothing was measured, fails or passes. */
  noData: "fail" | "pass";
}

/** Values for the placeholders `{{ … }}` of an expression. */
export interface QueryFacts {
  /** Name in Gitea. */
  project: string;
  /** Kubernetes name of the project. */
  name: string;
  /** Namespace of the project. */
  namespace: string;
  /** Pattern that matches the names of exactly the pods in question: for `pod=~"{{ pods }}"`. */
  pods: string;
  /** Digest of the version in question: `sha256:…`. */
  digest: string;
}

const placeholders = [
  "project",
  "name",
  "namespace",
  "pods",
  "digest",
] as const satisfies readonly (keyof QueryFacts)[];
const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** An expression with its placeholders filled in. */
const filled = (expr: string, facts: QueryFacts): string =>
  expr.replace(placeholder, (whole, name: string) => {
    const known = placeholders.find((one) => one === name);
    return known === undefined ? whole : facts[known];
  });

/**
 * What the script of a check reads, a line for each query: minimum, maximum, what no data means, path of the request, and the
 * text to show. Only the last may have spaces.
 */
export function queryLines(queries: readonly Query[], url: string, facts: QueryFacts): string {
  const { prefix } = addressOf(url);
  const lines = queries.map(({ expr, describe, min = "-", max = "-", noData }) => {
    const asked = filled(expr, facts);
    const path = `${prefix}/api/v1/query?query=${encodeURIComponent(asked)}`;
    const shown = asked.replace(/\s+/g, " ").trim();
    const said = describe === undefined ? shown : `${shown} (${describe})`;
    return [min, max, noData, path, said].join(" ");
  });
  return lines.join("\n");
}

/** Pattern of a Deployment's pods: its name, the hash of its template, and five letters. */
export const podsOf = (deployment: string): string =>
  // Kubernetes truncates a name that would become too long before the last five letters.
  deployment.length <= 46 ? `${deployment}-[a-z0-9]+-[a-z0-9]{5}` : `${deployment.slice(0, 58)}.*`;

/** Host, port and path of a Prometheus. */
export function addressOf(url: string): { host: string; port: number; prefix: string } {
  const { hostname, port, pathname } = new URL(url);
  return {
    host: hostname,
    port: port === "" ? 80 : Number(port),
    prefix: pathname.replace(/\/+$/, ""),
  };
}

/**
 * Egress rules for the pod of a check. A name of the cluster (`prometheus.monitoring`) resolves to pods, whose ports may differ
 * from their Service's; any other name may mean any address.
 */
export function prometheusEgress(url: string): EgressRule[] {
  const { host, port } = addressOf(url);
  const ports = [{ protocol: "TCP", port }];
  const labels = host.split(".");
  if (/^[\d.]+$/.test(host)) return [{ to: [{ ipBlock: { cidr: `${host}/32` } }], ports }];
  // A Service of the same namespace may be reached anyway.
  if (labels.length === 1) return [];
  if (labels.length > 2 && labels[2] !== "svc") {
    return [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports }];
  }
  const matchLabels = { "kubernetes.io/metadata.name": labels[1] ?? "" };
  return [{ to: [{ namespaceSelector: { matchLabels } }] }];
}

/** Problems of a check's queries that no single field shows. */
export function queryProblems(check: {
  query?: readonly Query[];
  for?: number;
  timeout: number;
}): Problem[] {
  const { query = [], for: held = 0, timeout } = check;
  const problems = query.flatMap((one, index) => {
    const path = `check.query.${index}`;
    return [...boundProblems(one, path), ...placeholderProblems(one.expr, `${path}.expr`)];
  });
  if (held > 0 && held >= timeout) {
    const allowed = `less than \`timeout\`, ${timeout} s, after which the check has failed`;
    problems.push({ path: "check.for", given: held, allowed, fix: "raise `timeout`" });
  }
  return problems;
}

function boundProblems({ min, max }: Query, path: string): Problem[] {
  if (min === undefined && max === undefined) {
    const allowed = "a query with `min`, `max` or both: the values that pass";
    return [{ path, allowed, fix: "add `max: 0.01`, for one" }];
  }
  if (min === undefined || max === undefined || min <= max) return [];
  return [{ path: `${path}.min`, given: min, allowed: `at most \`max\`, ${max}` }];
}

function placeholderProblems(expr: string, path: string): Problem[] {
  return [...expr.matchAll(placeholder)].flatMap(([given, name = ""]) => {
    if (placeholders.some((one) => one === name)) return [];
    const meant = nearest(name, placeholders);
    const allowed = `placeholders: ${placeholders.map((one) => `{{ ${one} }}`).join(", ")}`;
    return [
      {
        path,
        given,
        allowed,
        fix: meant === undefined ? "use one of them" : `did you mean \`{{ ${meant} }}\`?`,
      },
    ];
  });
}
