import type { Backend, Model } from "../../sandbox/ingress/model";

/** Finds the main backend of a request as HAProxy does with the maps: exact, then regular expression, then prefix. */
export function resolve(model: Model, hostHeader: string, path: string): Backend | undefined {
  const host = hostHeader.toLowerCase().replace(/:\d+$/, "");
  const hosts = new Set(model.routes.map((route) => route.host));
  const site = [host, host.replace(/^[^.]+/, "*"), "_"].find((each) => hosts.has(each));
  if (site === undefined) return undefined;
  const place = `${site}${path}`;
  const of = (map: string) => model.routes.filter((route) => route.map === map);
  const found =
    of("exact").find(({ key }) => key === place) ??
    of("regex").find(({ key }) => new RegExp(key.replace("(?i)", ""), "i").test(place)) ??
    of("prefix")
      .filter(({ key }) => `${place}/`.startsWith(key))
      .sort((a, b) => b.key.length - a.key.length)[0];
  return model.backends.find(({ name }) => name === found?.backend);
}
