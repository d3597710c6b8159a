import { isRegex, type CanaryPolicy, type Settings, type Wishes } from "./annotations";
import { keyOf, type Ingress, type IngressBackend, type IngressPath } from "./objects";

/** A port of a Service that an Ingress names. */
export interface Target {
  /** `namespace/name`. */
  service: string;
  port: string | number;
}

/** An Ingress and what its annotations ask for. */
export interface ReadIngress {
  ingress: Ingress;
  wishes: Wishes;
}

/** One host and path of a main Ingress, before it is known which pods are behind it. */
export interface Rule {
  /** Lower case; `*.` and a domain; or `_`, which takes what no other host does. */
  host: string;
  path: string;
  /** Which map it goes to, and under which key. Two rules with the same key are in each other's way. */
  map: "exact" | "prefix" | "regex";
  key: string;
  ingress: Ingress;
  settings: Settings;
  target: Target;
  canary?: { ingress: Ingress; target: Target; policy: CanaryPolicy };
}

/** Tells the owner of an Ingress what is wrong with it. */
export type Warn = (ingress: Ingress, message: string) => void;

/** Host of the rules that name none. */
export const anyHost = "_";

/** The rules of the main Ingresses, given oldest first, with the canaries on those they belong to. */
export function collectRules(all: readonly ReadIngress[], warn: Warn): Rule[] {
  const rules = new Map<string, Rule>();
  const main = all.filter(({ wishes }) => wishes.canary === undefined);
  for (const read of main) {
    for (const rule of rulesOf(read, warn)) {
      const id = identity(rule);
      const older = rules.get(id);
      if (older === undefined) rules.set(id, rule);
      else warn(read.ingress, `${where(rule)} is already served by the older ${named(older)}`);
    }
  }
  for (const rule of main.flatMap(defaultRules)) {
    const id = identity(rule);
    if (!rules.has(id)) rules.set(id, rule);
  }
  for (const read of all) addCanary(rules, read, warn);
  return longestFirst(withRegexHosts([...rules.values()], warn));
}

function rulesOf({ ingress, wishes: { settings } }: ReadIngress, warn: Warn): Rule[] {
  const rules = (ingress.spec?.rules ?? []).flatMap(({ host, http }) =>
    (http?.paths ?? []).map((path) => ({ host: (host ?? anyHost).toLowerCase(), path })),
  );
  return rules.flatMap(({ host, path: given }) => {
    const path = given.path ?? "/";
    const target = targetOf(ingress, given.backend);
    if (/\s/.test(path)) {
      warn(
        ingress,
        `path ${JSON.stringify(path)} of host ${host} is left out: it holds white space`,
      );
      return [];
    }
    if (target === undefined) {
      warn(ingress, `${host}${path} is left out: its backend is not a Service with a port`);
      return [];
    }
    return [{ host, path, ...mapKey(host, path, given.pathType), ingress, settings, target }];
  });
}

/** Where the default backend of an Ingress is asked: on its own hosts, or everywhere when it has none. */
function defaultRules({ ingress, wishes: { settings } }: ReadIngress): Rule[] {
  const target = ingress.spec?.defaultBackend && targetOf(ingress, ingress.spec.defaultBackend);
  if (target === undefined) return [];
  const hosts = (ingress.spec?.rules ?? [{}]).map(({ host }) => (host ?? anyHost).toLowerCase());
  return [...new Set(hosts)].map((host) => ({
    ...{ host, path: "/", ...mapKey(host, "/", "Prefix") },
    ...{ ingress, settings, target },
  }));
}

/** Puts a canary on each main rule of the same host, path and path type, as ingress-nginx does. */
function addCanary(rules: Map<string, Rule>, { ingress, wishes }: ReadIngress, warn: Warn): void {
  const policy = wishes.canary;
  if (policy === undefined) return;
  for (const rule of rulesOf({ ingress, wishes }, warn)) {
    const main = rules.get(identity(rule));
    if (main === undefined)
      warn(ingress, `no main Ingress serves ${where(rule)}: this canary has no effect`);
    else if (main.canary) {
      warn(ingress, `${where(rule)} already has a canary: ${keyOf(main.canary.ingress.metadata)}`);
    } else if (sameTarget(main.target, rule.target)) {
      warn(ingress, `canary and main Ingress of ${where(rule)} lead to the same Service`);
    } else main.canary = { ingress, target: rule.target, policy };
  }
}

/**
 * One path that is a regular expression makes all paths of its host ones, so that the longest path wins: the rule of
 * ingress-nginx, which has no other way of ordering them.
 */
function withRegexHosts(rules: readonly Rule[], warn: Warn): Rule[] {
  const hosts = new Set(rules.filter(wantsRegex).map(({ host }) => host));
  return rules.flatMap((rule) => {
    if (!hosts.has(rule.host)) return [rule];
    if (!isRegex(rule.path)) {
      warn(rule.ingress, `${where(rule)} is left out: its path is not a regular expression`);
      return [];
    }
    return [{ ...rule, map: "regex", key: `(?i)^${escapeRegex(rule.host)}${rule.path}` }];
  });
}

const wantsRegex = ({ path, settings: { useRegex, rewriteTarget } }: Rule): boolean =>
  useRegex || (rewriteTarget !== undefined && rewriteTarget !== path);

/** Map and key; for prefixes the request's path is looked up with a `/` at its end, which keeps /foo off /foobar. */
function mapKey(
  host: string,
  path: string,
  type: IngressPath["pathType"],
): Pick<Rule, "map" | "key"> {
  switch (type) {
    case "Exact":
      return { map: "exact", key: `${host}${path}` };
    case "Prefix":
      return { map: "prefix", key: `${host}${path.replace(/\/+$/, "")}/` };
    case "ImplementationSpecific":
      return { map: "prefix", key: `${host}${path}` };
  }
}

function targetOf({ metadata }: Ingress, { service }: IngressBackend): Target | undefined {
  const port = service?.port?.name ?? service?.port?.number;
  if (service === undefined || port === undefined) return undefined;
  return { service: keyOf({ ...metadata, name: service.name }), port };
}

const longestFirst = (rules: readonly Rule[]): Rule[] =>
  [...rules].sort((a, b) => b.path.length - a.path.length || (a.key < b.key ? -1 : 1));

const identity = ({ map, key }: Rule): string => `${map} ${key}`;
const where = ({ host, path }: Rule): string => `${host}${path}`;
const named = ({ ingress }: Rule): string => `Ingress ${keyOf(ingress.metadata)}`;
const sameTarget = (a: Target, b: Target): boolean => a.service === b.service && a.port === b.port;
const escapeRegex = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
