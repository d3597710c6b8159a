import type { SandboxContract } from "../../components/cluster/sandbox";

/** What asks a check's questions: the stack's own image, or what the sandbox has. */
export function probeImageOf(
  { check }: { check?: { image?: string | undefined } | undefined },
  sandbox: SandboxContract | undefined,
): string | undefined {
  if (check?.image !== undefined || sandbox === undefined) return check?.image;
  // Where all nodes are simulated no image exists, and none is looked at.
  const { templates, registry } = sandbox;
  return templates?.busybox ?? `${registry}/template/busybox@sha256:${"0".repeat(64)}`;
}
