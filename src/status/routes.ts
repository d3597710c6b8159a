import { addressOf, type Route } from "../../components/app/network";
import type { IngressBesides } from "../../components/app/shared-ingress";
import type { Api } from "../kubernetes/api";
import { collection } from "../kubernetes/collections";

/** The part of an Ingress that is read. */
interface Live {
  metadata?: { annotations?: Record<string, string> };
  spec?: Record<string, unknown> & {
    rules?: {
      host?: string;
      http?: { paths: { path?: string; backend: { service?: { name: string } } }[] };
    }[];
  };
}

/** The live Ingress that projects share. */
export interface LiveIngress {
  /** One for each host and path. */
  routes: readonly Route[];
  /** Other settings on it, such as TLS: an update limited to a project keeps them. */
  besides: IngressBesides;
}

/**
 * The live routes of an Ingress, and its other settings; undefined if access is denied or there is none. Then the files decide:
 * recreating it with one project's routes would leave the others without theirs.
 */
export async function liveIngress(
  api: Api,
  namespace: string,
  name: string,
): Promise<LiveIngress | undefined> {
  const path = `${collection("apis/networking.k8s.io/v1", "Ingress", namespace)}/${name}`;
  const found = await api.object<Live>(path);
  if (found === "hidden" || found === "absent") return undefined;
  const { rules = [], ...spec } = found.spec ?? {};
  delete spec["ingressClassName"];
  const annotations = Object.entries(found.metadata?.annotations ?? {}).filter(
    ([key]) => !key.startsWith("pulumi.com/") && !key.startsWith("kubectl.kubernetes.io/"),
  );
  return {
    routes: rules.flatMap(routesOf),
    besides: { annotations: Object.fromEntries(annotations), spec },
  };
}

const routesOf = ({
  host = "",
  http,
}: NonNullable<NonNullable<Live["spec"]>["rules"]>[number]): Route[] =>
  (http?.paths ?? []).map((livePath) => ({
    hosts: [host],
    path: livePath.path ?? "/",
    service: livePath.backend.service?.name ?? "",
    livePath: livePath as Route["livePath"],
  }));

/**
 * Hosts and paths of a project that the shared Ingress still routes to another one. An update limited to this project would add a
 * second route for them, and the controller would choose one. Those already routed to this project are not listed.
 */
export function takenRoutes(
  { hosts, path, service }: Route,
  livePath: readonly Route[],
): { host: string; address: string; holder: string }[] {
  const holders = (host: string): string[] =>
    livePath
      .filter((one) =>
        one.hosts.some((each) => addressOf(each, one.path) === addressOf(host, path)),
      )
      .map((one) => one.service);
  return hosts.flatMap((host) => {
    const [holder] = holders(host).includes(service) ? [] : holders(host);
    return holder === undefined ? [] : [{ host, address: `${host}${path}`, holder }];
  });
}

const withoutTaken = (route: Route, livePath: readonly Route[]): Route => {
  const taken = takenRoutes(route, livePath).map(({ host }) => host);
  return { ...route, hosts: route.hosts.filter((host) => !taken.includes(host)) };
};

/**
 * Routes of an update limited to one project: those of other projects stay as they are live, whatever their files say. Its own
 * are those of its file once the new version serves; until then they stay too, if there are any.
 */
export function limitedRoutes(
  declared: readonly Route[],
  livePath: readonly Route[],
  { service, serves }: { service: string; serves: boolean },
): Route[] {
  const isOwn = (route: Route): boolean => route.service === service;
  const [before, now] = [livePath.filter(isOwn), declared.filter(isOwn)];
  const others = livePath.filter((route) => !isOwn(route));
  // A route that another project still has stays with it; until a route is given up, it leads where it led.
  const free = now.map((route) => withoutTaken(route, livePath));
  const all = free.every((route, index) => route.hosts.length === now[index]?.hosts.length);
  const moved = all ? free : [...before, ...free.filter(({ hosts }) => hosts.length > 0)];
  const own = serves || before.length === 0 ? moved : before;
  return [...others, ...own];
}
