import type { Route } from "../../components/app/network";
import type { Api } from "../rollout/api";
import { collection } from "../rollout/collections";

/** What is read of an Ingress. */
interface Rules {
  spec?: {
    rules?: {
      host?: string;
      http?: { paths: { path?: string; backend: { service?: { name: string } } }[] };
    }[];
  };
}

/** Where an Ingress leads to as it stands, one route for each host and path; undefined where that cannot be seen. */
export async function standingRoutes(
  api: Api,
  namespace: string,
  name: string,
): Promise<readonly Route[] | undefined> {
  const path = `${collection("apis/networking.k8s.io/v1", "Ingress", namespace)}/${name}`;
  const found = await api.object<Rules>(path);
  if (found === "hidden") return undefined;
  return found === "absent" ? [] : routesIn(found);
}

const routesIn = ({ spec }: Rules): Route[] =>
  (spec?.rules ?? []).flatMap(({ host, http }) =>
    (http?.paths ?? []).flatMap(({ path = "/", backend }) => {
      const service = backend.service?.name;
      return host === undefined || service === undefined ? [] : [{ hosts: [host], path, service }];
    }),
  );

/**
 * Routes of an update that is limited to one project: everybody else's stay as they stand, whatever their files say by now. Its
 * own are those of its file once the new version serves; until then they too stay, where it has any.
 */
export function limitedRoutes(
  declared: readonly Route[],
  standing: readonly Route[],
  { service, serves }: { service: string; serves: boolean },
): Route[] {
  const isOwn = (route: Route): boolean => route.service === service;
  const [before, now] = [standing.filter(isOwn), declared.filter(isOwn)];
  const own = serves || before.length === 0 ? now : before;
  return [...standing.filter((route) => !isOwn(route)), ...own];
}
