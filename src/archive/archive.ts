import { createHash } from "node:crypto";
import { stringify } from "yaml";
import { z } from "zod";
import { removedLabel } from "../../components/shared/labels";

/**
 * What runs, as plain YAML for people who only have kubectl: `<project>/<stack>/<version>-<build>-<commit>.yaml`, and a link
 * `<project>/<stack>.yaml` to the live one. It comes from the stack's state, so no cluster is asked, and the same state gives the
 * same bytes. Everything here is pure; `target.ts` writes it.
 */

/** A file of the archive, and the link to it. */
export interface Archived {
  /** Project, or `_platform` for what all projects depend on. */
  domain: string;
  /** Below the archive: `Packet_Label/uat/v1.0.0-f501a3e8-3fdd00f.yaml`. */
  path: string;
  /** Below the archive: `Packet_Label/uat.yaml`. */
  link: string;
  text: string;
}

/** Folder for what belongs to no project; no project's name begins with an underscore. */
export const platformDomain = "_platform";

const Object_ = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});
type Manifest = z.output<typeof Object_> & { spec?: unknown };

const State = z.object({
  deployment: z.object({
    resources: z
      .array(
        z.object({
          type: z.string(),
          custom: z.boolean().default(false),
          delete: z.boolean().default(false),
          inputs: z.unknown().optional(),
        }),
      )
      .default([]),
  }),
});

/** How the engine marks a secret in its state. */
const secretMark = "4dabf18193072939515e22adb298388d";

/** Kinds in the order in which they are applied: dependencies first. */
const order = [
  ...["Namespace", "CustomResourceDefinition", "IngressClass", "StorageClass", "ResourceQuota"],
  ...["LimitRange", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
  ...["ConfigMap", "PersistentVolumeClaim", "NetworkPolicy", "Service"],
];
/** Part of a release and not of what runs: a verification, an image pull. */
const passing = ["Job", "DaemonSet"];

/**
 * What a stack's state declares: one file for each project, or for each requested one; `exported` is the output of `pulumi stack
 * export`.
 */
export function archiveOf(
  exported: unknown,
  stack: string,
  wanted: (domain: string) => boolean = () => true,
): Archived[] {
  const { deployment } = State.parse(exported);
  const domains = new Map<string, Manifest[]>();
  for (const { type, custom, delete: going, inputs } of deployment.resources) {
    if (!custom || going || !type.startsWith("kubernetes:")) continue;
    const { data } = Object_.safeParse(inputs);
    if (data === undefined || data.kind === "Secret") continue;
    const { "slipway/project": project, [removedLabel]: removed } = data.metadata.labels ?? {};
    // The note of a removed project does not run.
    if (removed !== undefined) continue;
    const domain = project ?? platformDomain;
    if (!wanted(domain) || (project !== undefined && passing.includes(data.kind))) continue;
    domains.set(domain, [...(domains.get(domain) ?? []), data]);
  }
  return [...domains]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([domain, manifests]) => archived(domain, stack, manifests));
}

function archived(domain: string, stack: string, manifests: readonly Manifest[]): Archived {
  const sorted = [...manifests].sort((a, b) => rank(a) - rank(b) || compare(key(a), key(b)));
  const open = sorted.filter((manifest) => !holdsSecret(manifest));
  const text = render(domain, stack, {
    open,
    closed: sorted.filter(holdsSecret).map(key),
    secrets: [...new Set(open.flatMap(secretsOf))].sort(),
  });
  const name = domain === platformDomain ? hashOf(text) : versionName(sorted);
  return {
    domain,
    text,
    path: `${domain}/${stack}/${name}.yaml`,
    link: `${domain}/${stack}.yaml`,
  };
}

const rank = ({ kind }: Manifest): number =>
  order.includes(kind) ? order.indexOf(kind) : order.length;
const key = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const hashOf = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 8);

/** `<version>-<build>-<commit>` of the serving version; a tag that already has this form is used as it is. */
function versionName(manifests: readonly Manifest[]): string {
  const serving = servingDeployment(manifests);
  if (serving === undefined) return hashOf(manifests.map(key).join());
  const { annotations = {} } = serving.metadata;
  const image = /"image":"([^"]*)"/.exec(JSON.stringify(serving.spec))?.[1] ?? "";
  return fileName({
    tag: annotations["slipway/tag"],
    commit: annotations["slipway/commit"],
    digest: image.replace(/.*@/, ""),
  });
}

/** Name of a version's file: its tag, if that has all three; otherwise tag, image and commit in that order. */
export function fileName({
  tag,
  commit,
  digest,
}: {
  tag?: string | undefined;
  commit?: string | undefined;
  digest: string;
}): string {
  if (tag !== undefined && /^v?\d[A-Za-z0-9_.]*-\d+-[0-9a-f]{7,40}$/.test(tag)) return tag;
  const build = digest.replace("sha256:", "").slice(0, 8);
  return [tag ?? "untagged", build, commit?.slice(0, 7) ?? "uncommitted"].join("-");
}

/** The Deployment that the project's Service selects. */
function servingDeployment(manifests: readonly Manifest[]): Manifest | undefined {
  const deployments = manifests.filter(({ kind }) => kind === "Deployment");
  const service = manifests.find(
    ({ kind, metadata }) => kind === "Service" && !metadata.name.includes("--"),
  );
  const { selector = {} } = (service?.spec ?? {}) as { selector?: Record<string, string> };
  const slot = selector["slipway/slot"];
  const isServing = ({ metadata }: Manifest) => metadata.labels?.["slipway/slot"] === slot;
  return deployments.find(isServing) ?? deployments[0];
}

function render(
  domain: string,
  stack: string,
  { open, closed, secrets }: { open: readonly Manifest[]; closed: string[]; secrets: string[] },
): string {
  const of = domain === platformDomain ? "What the projects depend on" : domain;
  const notes = [
    `${of} in stack ${stack}, by slipway archive. To apply: kubectl apply --server-side -f FILE`,
    ...(secrets.length === 0
      ? []
      : [`Secrets are never written here. These must be there first: ${secrets.join(", ")}`]),
    ...(closed.length === 0 ? [] : [`Left out, because a secret is in it: ${closed.join(", ")}`]),
  ];
  const documents = open.map((manifest) =>
    // kubectl reads YAML 1.1: `yes` and `1_000` are strings only in quotes.
    stringify(withoutMarks(manifest), {
      version: "1.1",
      lineWidth: 0,
      sortMapEntries: true,
      aliasDuplicateObjects: false,
    } as const),
  );
  return `${notes.map((note) => `# ${note}\n`).join("")}---\n${documents.join("---\n")}`;
}

/** Without the engine's own fields. */
function withoutMarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => name !== "__defaults");
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutMarks(inner)]));
}

function holdsSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return secretMark in value || Object.values(value).some(holdsSecret);
}

/** Secrets that an object's pods reference, each as `name (key)`. */
function secretsOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value as Record<string, unknown>).flatMap(([name, inner]) => {
    const { name: secret, key: part, secretName } = (inner ?? {}) as Record<string, unknown>;
    if (name === "secretKeyRef") return [`${String(secret)} (${String(part)})`];
    if (name === "secretRef") return [String(secret)];
    if (name === "secret" && typeof secretName === "string") return [secretName];
    if (name === "imagePullSecrets" && Array.isArray(inner)) {
      return inner.map((each: { name?: unknown }) => `${String(each.name)} (to pull images)`);
    }
    return secretsOf(inner);
  });
}
