import { addressOf } from "../../components/app/network";
import { isRefused, type Api } from "../kubernetes/api";
import { collection } from "../kubernetes/collections";
import { besideName } from "../../components/shared/names";
import type { ProjectsSettings } from "../projects/module";

/** What is read of an Ingress. */
interface Live {
  metadata: { name: string; namespace: string; annotations?: Readonly<Record<string, string>> };
  spec?: {
    ingressClassName?: string;
    rules?: { host?: string; http?: { paths: { path?: string }[] } }[];
  };
}

/** What of a stack's settings says who is asked for what. */
export interface Asked {
  ingress: { className: string };
  images: Pick<ProjectsSettings["images"], "projects">;
}

/**
 * What there is to say of others' Ingresses that ask the same controller for the same host and path: which of both gets the
 * requests is its choice. It is a word and no refusal: who moves a host here from an Ingress of before has both for a while.
 * @param own the projects' namespace, and the name of the Ingress that they share
 * @param only the one project that is looked at; all when left out
 */
export async function rivalWarnings(
  api: Api,
  { ingress, images }: Asked,
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
      return `${project}: ${host}${path} is asked for by another Ingress, too, ${which}: which of both gets its requests is the controller's choice. Once what is here serves, remove that one; or give \`hosts\` in the project's file another name`;
    }),
  );
}

/** Every Ingress of the cluster; none where nobody may list them all. */
async function ingresses(api: Api): Promise<Live[]> {
  try {
    return await api.list<Live>(collection("apis/networking.k8s.io/v1", "Ingress"));
  } catch (error) {
    if (isRefused(error)) return [];
    throw error;
  }
}
