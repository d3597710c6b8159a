import { stringify } from "yaml";
import { kubectl } from "../cluster/control-plane";
import { isKnown, type FoundHosts, type HostFacts } from "../shared/machine/facts";
import type { Machine } from "../shared/machine/machine";
import { runOn, type MachinePhase } from "../shared/machine/phase";
import { quote, textHash } from "../shared/machine/script";
import { followed, staying, type EdgeSpec, type SecretName } from "./spec";
import { isForbidden } from "./standing";

/** The cluster that certificates are followed in. */
export interface Source {
  /** The control plane that speaks for it, and what that was found to be. */
  speaker: Machine;
  facts?: HostFacts | undefined;
}

/** The making of the edges' login, on a control plane. */
export type ReaderPhase = MachinePhase<Machine, "edge-reader">;

/** Name of the ServiceAccount, its token, and its Role in each namespace. */
const name = "slipway-edge";
const home = "kube-system";
const label = "slipway/part";
const labels = { [label]: "edge" };

/** What the cluster remembers of the login. */
const remembered = "slipway/edge-reader";

/** What it remembers when nothing is followed any more. */
export const noReader = "none";

/** What the cluster remembers of a login that may read these. */
export const readerMark = (secrets: readonly SecretName[]): string =>
  secrets.length === 0 ? noReader : textHash(objects(secrets));

/** The edges' login, where they are to have one or had one; and why it has to be made, if it has to. */
export function planReader(
  spec: EdgeSpec,
  found: FoundHosts,
  source: Source | undefined,
): ReaderPhase | undefined {
  const secrets = followed(spec).map(({ from }) => from);
  const given = source?.facts?.cluster?.edgeReader;
  if (source === undefined || (secrets.length === 0 && given === undefined)) return undefined;
  const { speaker, facts } = source;
  const planned = {
    ...{ phase: "edge-reader" as const, host: speaker, on: speaker },
    body: readerBody(secrets),
  };
  const reached = staying(spec).flatMap((host) => found.get(host.name) ?? []);
  const edges = reached.filter(isKnown);
  const refused = edges.length > 0 && edges.every(isForbidden);
  // A cluster that is there and does not answer may have it.
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
 * On a control plane: a login that may read these Secrets and nothing else, and what of it the edges need, on standard output:
 * each file after a line with its name. Each run makes another token; the one before ends. A namespace that is not there yet is
 * made, with nothing in it that whoever declares it later would have to take back.
 */
export function readerBody(secrets: readonly SecretName[]): string {
  const namespaces = namespacesOf(secrets);
  const remember = `k annotate namespace ${home} --overwrite ${remembered}=${readerMark(secrets)} > /dev/null`;
  const prune = `k get rolebindings -A -l ${label}=edge -o jsonpath='{range .items[*]}{.metadata.namespace}{"\\n"}{end}' |
  while read -r namespace; do
    case " ${namespaces.join(" ")} " in *" $namespace "*) ;; *) k -n "$namespace" delete rolebinding,role ${name} > /dev/null < /dev/null ;; esac
  done
k -n ${home} delete secret ${name} --ignore-not-found > /dev/null`;
  if (secrets.length === 0)
    return `${kubectl}
${prune}
k -n ${home} delete serviceaccount ${name} --ignore-not-found > /dev/null
${remember}`;
  return `${kubectl}
for namespace in ${namespaces.map(quote).join(" ")}; do
  k get namespace "$namespace" > /dev/null 2>&1 || k create namespace "$namespace" > /dev/null
done
${prune}
k apply -f - > /dev/null <<'END-OF-READER'
${objects(secrets)}END-OF-READER
for second in $(seq 60); do
  token=$(k -n ${home} get secret ${name} -o jsonpath='{.data.token}' | base64 -d)
  [ -z "$token" ] || break
  sleep 0.5
done
[ -n "$token" ] || fail 'no token was made within 30 s; look at: the controller manager'
${remember}
echo '>>> authorization'
echo "Authorization: Bearer $token"
echo '>>> ca.crt'
cat /etc/kubernetes/pki/ca.crt`;
}

/** What there has to be in the cluster, in YAML. */
function objects(secrets: readonly SecretName[]): string {
  const account = { kind: "ServiceAccount", name, namespace: home };
  const metadata = { name, namespace: home, labels };
  const rights = namespacesOf(secrets).flatMap((namespace) => {
    const names = secrets.filter((each) => each.namespace === namespace).map((each) => each.name);
    const rule = { apiGroups: [""], resources: ["secrets"], verbs: ["get"] };
    return [
      {
        ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role" },
        metadata: { name, namespace, labels },
        rules: [{ ...rule, resourceNames: [...new Set(names)].sort() }],
      },
      {
        ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding" },
        metadata: { name, namespace, labels },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
        subjects: [account],
      },
    ];
  });
  const all = [
    { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
    {
      ...{ apiVersion: "v1", kind: "Secret", type: "kubernetes.io/service-account-token" },
      metadata: { ...metadata, annotations: { "kubernetes.io/service-account.name": name } },
    },
    ...rights,
  ];
  return all.map((each) => stringify(each)).join("---\n");
}

const namespacesOf = (secrets: readonly SecretName[]): string[] =>
  [...new Set(secrets.map(({ namespace }) => namespace))].sort();
