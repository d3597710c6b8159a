import type { SandboxContract } from "../../components/cluster/sandbox";

/** Image for checks: the stack's own, or the sandbox's. */
export function probeImageOf(
  { check }: { check?: { image?: string | undefined } | undefined },
  sandbox: SandboxContract | undefined,
): string | undefined {
  if (check?.image !== undefined || sandbox === undefined) return check?.image;
  // With simulated nodes there are no images, and nothing checks their names.
  const { templates, registry } = sandbox;
  return templates?.busybox ?? `${registry}/template/busybox@sha256:${"0".repeat(64)}`;
}
