import { stringify } from "yaml";
import { isKnown, type FactsByHost, type HostFacts } from "../shared/machine/facts";
import type { Machine } from "../shared/machine/machine";
import { runOn, type MachinePhase } from "../shared/machine/phase";
import { textHash } from "../shared/machine/script";
import { script } from "../shared/shell";
import { followed, activeHosts, type EdgeSpec, type SecretName } from "./spec";
import { isForbidden } from "./status";
import { onControlPlane } from "../shared/machine/control-plane";

/** The cluster that certificates are followed in. */
export interface CertificateCluster {
  /** The control plane that runs its commands, and its facts. */
  primaryControlPlane: Machine;
  facts?: HostFacts | undefined;
}

/** The phase that creates the edges' login, on a control plane. */
export type ReaderPhase = MachinePhase<Machine, "edge-reader">;

/** Name of the ServiceAccount, its token, and its Role in each namespace. */
const name = "slipway-edge";
const home = "kube-system";
const label = "slipway/part";
const labels = { [label]: "edge" };

/** Annotation of the login in the cluster. */
const remembered = "slipway/edge-reader";

/** Its value when nothing is followed any more. */
export const noReader = "none";

/** Its value for a login that may read these Secrets. */
export const readerMark = (secrets: readonly SecretName[]): string =>
  secrets.length === 0 ? noReader : textHash(objects(secrets));

/** The phase of the edges' login, where they need one or had one, with the reason to run it, if there is one. */
export function planReader(
  spec: EdgeSpec,
  gathered: FactsByHost,
  source: CertificateCluster | undefined,
): ReaderPhase | undefined {
  const secrets = followed(spec).map(({ from }) => from);
  const given = source?.facts?.cluster?.edgeReader;
  if (source === undefined || (secrets.length === 0 && given === undefined)) return undefined;
  const { primaryControlPlane, facts } = source;
  const planned = {
    phase: "edge-reader" as const,
    host: primaryControlPlane,
    on: primaryControlPlane,
    body: readerBody(secrets),
  };
  const reached = activeHosts(spec).flatMap((host) => gathered.get(host.name) ?? []);
  const edges = reached.filter(isKnown);
  const refused = edges.length > 0 && edges.every(isForbidden);
  // An existing cluster that does not answer may have it.
  if (facts === undefined || (facts.joined && facts.cluster === undefined)) return planned;
  if (given === readerMark(secrets) && !refused) return planned;
  const why =
    given === undefined
      ? "not done yet"
      : refused
        ? "the cluster refuses the edges"
        : "its settings have changed";
  return { ...planned, why, run: runOn(facts) };
}

/**
 * On a control plane: creates a login that may read these Secrets and nothing else, and prints what the edges need of it. Each
 * run creates another token and revokes the one before.
 */
export const readerBody = (secrets: readonly SecretName[]): string =>
  [
    onControlPlane(),
    script("components/edge/reader.sh", {
      NAME: name,
      HOME_NAMESPACE: home,
      LABEL: `${label}=edge`,
      NAMESPACES: namespacesOf(secrets).join(" "),
      OBJECTS: secrets.length === 0 ? "" : objects(secrets),
      REMEMBERED: `${remembered}=${readerMark(secrets)}`,
    }),
  ].join("\n");

/** The login's objects in the cluster, in YAML. */
function objects(secrets: readonly SecretName[]): string {
  const account = { kind: "ServiceAccount", name, namespace: home };
  const metadata = { name, namespace: home, labels };
  const rights = namespacesOf(secrets).flatMap((namespace) => {
    const names = secrets.filter((each) => each.namespace === namespace).map((each) => each.name);
    const rule = { apiGroups: [""], resources: ["secrets"], verbs: ["get"] };
    return [
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name, namespace, labels },
        rules: [{ ...rule, resourceNames: [...new Set(names)].sort() }],
      },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata: { name, namespace, labels },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
        subjects: [account],
      },
    ];
  });
  const all = [
    { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
    {
      apiVersion: "v1",
      kind: "Secret",
      type: "kubernetes.io/service-account-token",
      metadata: { ...metadata, annotations: { "kubernetes.io/service-account.name": name } },
    },
    ...rights,
  ];
  return all.map((each) => stringify(each)).join("---\n");
}

const namespacesOf = (secrets: readonly SecretName[]): string[] =>
  [...new Set(secrets.map(({ namespace }) => namespace))].sort();
