import { longestRequest } from "../shared/http";
import { tcpLogFormat, webLogFormat } from "../shared/edge/log";
import { ownPorts, webPorts, type CertificateSpec, type EdgeSpec } from "./spec";

/**
 * HAProxy's configuration on every edge: it forwards requests to the ingress controller, and connections to the API servers. It
 * binds to the shared address alone, whether the machine has that now or not.
 */
export function proxyConfig(spec: EdgeSpec): string {
  return `global
  # Relative paths are those beside this file.
  default-path config
  log stdout len 8192 format raw daemon
  user haproxy
  group haproxy
  chroot /var/lib/haproxy
  stats socket /run/haproxy-edge.sock mode 600 level admin expose-fd listeners
  fd-hard-limit 100000
  hard-stop-after 1h
  ssl-default-bind-options ssl-min-ver TLSv1.2

defaults http
  mode http
  log global
  option dontlognull
  option idle-close-on-response
  option redispatch 1
  retries 3
  retry-on conn-failure empty-response
  timeout http-request 10s
  timeout http-keep-alive 60s
  timeout queue 10s
  timeout connect 1s
  timeout client ${longestRequest}s
  timeout server ${longestRequest}s
  timeout tunnel ${longestRequest}s
  timeout check 1s
  default-server check inter 1s fastinter 300ms fall 2 rise 2 on-marked-down shutdown-sessions

defaults tcp
  mode tcp
  log global
  option dontlognull
  option redispatch 1
  retries 3
  timeout connect 1s
  timeout client ${longestRequest}s
  timeout server ${longestRequest}s
  timeout check 1s
  default-server check inter 1s fastinter 300ms fall 2 rise 2 on-marked-down shutdown-sessions

${[web(spec), ingress(spec), ...(spec.api === undefined ? [] : [api(spec.address, spec.api)])].join("\n")}`;
}

function web(spec: EdgeSpec): string {
  const { address, certificates } = spec;
  const tls = certificates.length > 0;
  const binds = [
    `bind ${address}:${webPorts.http} transparent`,
    ...(tls
      ? [`bind ${address}:${webPorts.https} transparent ssl crt certificates alpn h2,http/1.1`]
      : []),
  ];
  return `frontend web from http
${binds.map((bind) => `  ${bind}`).join("\n")}
${certificates.map((each) => `  # ${each.host}: ${sourceOf(each)}\n`).join("")}  log-format '${webLogFormat}'
  http-request set-var(txn.host) req.hdr(host),host_only,lower,rtrim(.)
  http-request set-var(txn.path) path,bytes(0,1024)
  http-request set-var(txn.project) var(txn.host),concat(,txn.path),map_beg(projects.map)
${allowed(spec)}${redirected(spec)}  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
  # Whatever changes something is sent once, whatever becomes of it.
  http-request disable-l7-retry unless { method GET HEAD OPTIONS }
  default_backend ingress
`;
}

const sourceOf = (each: CertificateSpec): string =>
  "from" in each ? `${each.from.namespace}/${each.from.name}` : each.fingerprint;

/** Access rules of the host names in `allow`. */
function allowed({ allow }: EdgeSpec): string {
  return Object.entries(allow)
    .map(([host, networks]) => {
      const sources = networks.map((network) => `  acl from.${host} src ${network}\n`).join("");
      return `  acl host.${host} var(txn.host) -m str ${host}
${sources}  http-request deny deny_status 403 if host.${host} !from.${host}
`;
    })
    .join("");
}

/** Redirects of HTTP requests for hosts with a certificate, except ACME challenges. */
function redirected({ redirect, certificates }: EdgeSpec): string {
  if (!redirect || certificates.length === 0) return "";
  const covered = certificates.map(({ host }) =>
    host.startsWith("*.")
      ? `  acl covered var(txn.host) -m end ${host.slice(1)}\n`
      : `  acl covered var(txn.host) -m str ${host}\n`,
  );
  return `${covered.join("")}  http-request redirect scheme https code 308 if covered !{ ssl_fc } !{ path_beg /.well-known/acme-challenge/ }
`;
}

function ingress({ nodes, ingress: { http, ready } }: EdgeSpec): string {
  return `backend ingress from http
  balance leastconn
${ready === undefined ? anyAnswer : routes(ready)}
${nodes.map((node) => `  server ${node} ${node}:${http}`).join("\n")}
`;
}

/** Health check of a foreign ingress controller, of which nothing else is known. */
const anyAnswer = `  # One that answers anything but an error of its own is well.
  option httpchk GET /
  http-check expect status 200-499`;

/** Health check of a controller that would answer every request with 404 while it has no routes. */
const routes = ({ host, path }: { host: string; path: string }): string => `  option httpchk
  http-check send meth GET uri ${path} hdr Host ${host}
  http-check expect status 200`;

/** Forwards to the API servers that report ready; clients verify their certificates, so the health check need not. */
function api(address: string, { port, servers }: NonNullable<EdgeSpec["api"]>): string {
  return `frontend api from tcp
  bind ${address}:${port} transparent
  log-format '${tcpLogFormat("")}'
  default_backend api

backend api from tcp
  balance roundrobin
  option httpchk GET /readyz
  http-check expect status 200
  default-server check-ssl verify none
${servers.map((server) => `  server ${server.split(":")[0] ?? ""} ${server}`).join("\n")}
`;
}

/** HAProxy's map from host name and path prefix to project. */
export const projectsMap = ({ routes }: EdgeSpec): string =>
  routes.map(({ host, path, project }) => `${host}${path} ${project}\n`).join("");

/** Addresses and ports that HAProxy is expected to listen on. */
export const bindsOf = (spec: EdgeSpec): string[] =>
  ownPorts(spec).map((port) => `${spec.address}:${port}`);
