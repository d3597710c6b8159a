import { wholeShare, type Canary, type Model } from "./model";
import type { Listeners } from "./haproxy";
import { anyHost } from "./routes";
import { answer, quote, section } from "./text";

/** Backend that answers requests which no Ingress asked for. */
const nowhere = "nowhere";

/** Backend that hands requests over to the worker that took this one's place. */
const successor = "successor";

/** `bind` where clients come in: on the loopback that they see, unless told otherwise. */
export const bind = (
  port: number,
  { address = "127.0.0.1", namespace }: Pick<Listeners, "address" | "namespace">,
): string => `bind ${address}:${port}${namespace === undefined ? "" : ` namespace ${namespace}`}`;

/** Finds the backend of each request: by its host and path, then by the canary on them. */
export function frontendSection({ canaries }: Model, at: Listeners): string {
  const { port } = at;
  const frontend = section(
    "frontend http from http",
    bind(port, at),
    `bind ${handover(port)} accept-proxy`,
    "http-request disable-l7-retry unless { method GET HEAD OPTIONS TRACE PUT DELETE }",
    ...forwardedHeaders(port),
    ...routing,
    ...canaries.flatMap(decisions),
    ...weighing,
    `use_backend ${successor} if { stopping }`,
    "use_backend %[var(txn.canary)] if { var(txn.pick) -m str canary }",
    "use_backend %[var(txn.main)] if { var(txn.main) -m found }",
    `default_backend ${nowhere}`,
  );
  return [frontend, nowhereSection, successorSection(port)].join("\n");
}

/** The same headers as ingress-nginx, which trusts no client's own. */
const forwardedHeaders = (port: number): string[] => [
  "http-request set-header X-Forwarded-For %[src]",
  "http-request set-header X-Real-IP %[src]",
  "http-request set-header X-Forwarded-Host %[req.hdr(host)]",
  `http-request set-header X-Forwarded-Port ${port}`,
  "http-request set-header X-Forwarded-Proto http",
  "http-request set-header X-Forwarded-Scheme http",
  "http-request set-header X-Request-ID %[uuid()] unless { req.hdr(X-Request-ID) -m found }",
];

/** txn.site is the host as routing knows it: itself, its one-label wildcard, or any. */
const routing: string[] = [
  "http-request set-var(txn.host) req.hdr(host),host_only,lower",
  "http-request set-var(txn.path) path",
  "http-request set-var(txn.site) var(txn.host),map_str(hosts.map)",
  "http-request set-var(txn.site) var(txn.host),regsub(^[^.]+,*),map_str(hosts.map) unless { var(txn.site) -m found }",
  `http-request set-var(txn.site) str(${anyHost}),map_str(hosts.map) unless { var(txn.site) -m found }`,
  "http-request set-var(txn.place) var(txn.site),concat(,txn.path)",
  "http-request set-var(txn.route) var(txn.place),map_str(exact.map)",
  "http-request set-var(txn.route) var(txn.place),map_reg(regex.map) unless { var(txn.route) -m found }",
  "http-request set-var(txn.route) var(txn.place),concat(/),map_beg(prefix.map) unless { var(txn.route) -m found }",
  "http-request set-var(txn.main) var(txn.route),word(1,|)",
  "http-request set-var(txn.canary) var(txn.route),word(2,|) if { var(txn.route) -m sub | }",
];

/** What header and cookie decide; the first that decides anything has the last word. */
function decisions({ backend, policy }: Canary): string[] {
  const { header, headerValue, headerPattern, cookie } = policy;
  const decide = (pick: "canary" | "main", condition: string) =>
    `http-request set-var(txn.pick) str(${pick}) if { var(txn.canary) -m str ${backend} } ` +
    `!{ var(txn.pick) -m found } { ${condition} }`;
  const alwaysOrNever = (sample: string) => [
    decide("canary", `${sample} -m str always`),
    decide("main", `${sample} -m str never`),
  ];
  const byHeader = (name: string) => {
    const sample = `req.fhdr(${name})`;
    if (headerValue !== undefined)
      return [decide("canary", `${sample} -m str -- ${quote(headerValue)}`)];
    if (headerPattern !== undefined) {
      return [decide("canary", `${sample} -m reg -- ${quote(headerPattern)}`)];
    }
    return alwaysOrNever(sample);
  };
  return [
    ...(header === undefined ? [] : byHeader(header)),
    ...(cookie === undefined ? [] : alwaysOrNever(`req.cook(${cookie})`)),
  ];
}

/** The weight decides where neither header nor cookie did. */
const weighing: string[] = [
  "http-request set-var(txn.share) var(txn.canary),map_str_int(weights.map,0)",
  `http-request set-var(txn.dice) rand(${wholeShare})`,
  "http-request set-var(txn.pick) str(canary) if { var(txn.canary) -m found } !{ var(txn.pick) -m found } { var(txn.dice),sub(txn.share) lt 0 }",
];

const nowhereSection = section(
  `backend ${nowhere} from http`,
  `${answer(404, "no Ingress serves host %[var(txn.host)].")} unless { var(txn.site) -m found }`,
  answer(404, "no Ingress of host %[var(txn.host)] serves path %[var(txn.path)]."),
);

/**
 * A worker that is being replaced keeps idle connections open until their next request, for closing one just then would
 * lose that request. What it knows of pods is out of date by then, so it asks its successor, which also logs the request.
 */
const successorSection = (port: number): string =>
  section(
    `backend ${successor} from http`,
    "http-request set-log-level silent",
    `server worker ${handover(port)} send-proxy-v2`,
  );

/** An abstract socket: reachable by whoever shares the network namespace, whatever user the worker runs as. */
const handover = (port: number): string => `abns@slipway-ingress-${port}`;
