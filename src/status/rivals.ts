import { addressOf } from "../../components/app/network";
import { isRefused, type Api } from "../kubernetes/api";
import { collection } from "../kubernetes/collections";
import { besideName } from "../../components/shared/names";
import type { ProjectsSettings } from "../projects/types";

/** The part of an Ingress that is read. */
interface Live {
  metadata: { name: string; namespace: string; annotations?: Readonly<Record<string, string>> };
  spec?: {
    ingressClassName?: string;
    rules?: { host?: string; http?: { paths: { path?: string }[] } }[];
  };
}

/** The settings that decide which hosts and paths a stack uses. */
export interface ClaimedRoutes {
  ingress: { className: string };
  images: Pick<ProjectsSettings["images"], "projects">;
}

/**
 * Warns about other Ingresses of the same controller with the same host and path: the controller chooses which of them gets the
 * requests. It is only a warning: while a host is moved here from an older Ingress, both exist for a while.
 * @param own the projects' namespace, and the name of the Ingress that they share
 * @param only the one project to check; all by default
 */
export async function rivalWarnings(
  api: Api,
  { ingress, images }: ClaimedRoutes,
  own: { namespace: string; shared: string },
  only?: string,
): Promise<string[]> {
  const exposed = images.projects.filter(
    ({ spec }) => spec.expose === "ingress" && (only === undefined || only === spec.project),
  );
  if (exposed.length === 0) return [];
  const asked = new Map<string, string[]>();
  for (const { metadata, spec } of await ingresses(api)) {
    const { namespace, name, annotations } = metadata;
    const className = spec?.ingressClassName ?? annotations?.["kubernetes.io/ingress.class"];
    const ours =
      namespace === own.namespace &&
      (name === own.shared ||
        images.projects.some((one) => [one.name, besideName(one.name, "canary")].includes(name)));
    if (ours || className !== ingress.className) continue;
    for (const { host = "", http } of spec?.rules ?? [])
      for (const { path = "/" } of http?.paths ?? []) {
        const at = addressOf(host, path);
        asked.set(at, [...(asked.get(at) ?? []), `${namespace}/${name}`]);
      }
  }
  return exposed.flatMap(({ spec: { project, hosts, path } }) =>
    hosts.flatMap((host) => {
      const rivals = asked.get(addressOf(host, path)) ?? [];
      if (rivals.length === 0) return [];
      const which = [...new Set(rivals)].sort().join(", ");
      return `${project}: ${host}${path} is also in another Ingress, ${which}: the controller chooses which of the two gets its requests. Once this one serves, remove the other; or change \`hosts\` in the project's file`;
    }),
  );
}

/** Every Ingress of the cluster; none if access is denied. */
async function ingresses(api: Api): Promise<Live[]> {
  try {
    return await api.list<Live>(collection("apis/networking.k8s.io/v1", "Ingress"));
  } catch (error) {
    if (isRefused(error)) return [];
    throw error;
  }
}
