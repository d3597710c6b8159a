import type { Server } from "./endpoints";
import type { Backend } from "./model";
import { answer, literal, quote, section } from "./text";

/** A server of a backend as HAProxy's Runtime API knows it. */
export interface RuntimeServer extends Server {
  /** What follows the name: address, port and options. */
  arguments: string;
  /** HAProxy looks after its health, beside what Kubernetes says. */
  checked: boolean;
}

/** Seconds, as ingress-nginx has them. */
const readTimeout = 60;

/**
 * A server that refuses one connection is down at once, and up again as soon as it accepts one. Only where others are to
 * take over: with nobody else to ask, waiting and asking again serves more requests.
 */
const check =
  "check inter 10s fastinter 500ms downinter 500ms rise 1 fall 3 observe layer4 error-limit 1 on-error mark-down";

/** The servers of a backend, those of the fallback under names of their own. */
export function serversOf({ servers, fallback }: Backend): RuntimeServer[] {
  if (fallback === undefined) return servers.map(plainServer);
  return [
    ...servers.map((server) => withOptions(server, check)),
    ...fallback.map((server) =>
      withOptions({ ...server, name: `main:${server.name}` }, `${check} backup`),
    ),
  ];
}

/** A server that Kubernetes alone judges. */
export const plainServer = (server: Server): RuntimeServer => ({
  ...server,
  arguments: `${server.address}:${server.port}`,
  checked: false,
});

/** The section of one backend. */
export function backendSection(backend: Backend, servers: readonly RuntimeServer[]): string {
  const { name, settings, rewrite, fallback } = backend;
  const timeout = patience(backend);
  return section(
    `backend ${name} from http`,
    refuseStrangers(settings.allow),
    settings.maxBody === 0
      ? undefined
      : `${answer(413, `the body is larger than ${settings.maxBody} bytes, the limit of this Ingress.`)} if { req.body_size gt ${settings.maxBody} }`,
    `${answer(503, literal(whyNone(backend)))} if { nbsrv eq 0 }`,
    settings.vhost && `http-request set-header Host ${quote(settings.vhost)}`,
    rewrite && `http-request replace-path ${quote(rewrite.pattern)} ${replacement(rewrite.target)}`,
    settings.connectTimeout === undefined
      ? undefined
      : `timeout connect ${settings.connectTimeout}s`,
    timeout === readTimeout ? undefined : `timeout server ${timeout}s`,
    fallback && "option allbackups",
    ...servers.map(serverLine),
  );
}

/** Seconds that a backend may be silent during a request. */
export function patience({ settings }: Backend): number {
  const given = [settings.readTimeout, settings.sendTimeout].filter((each) => each !== undefined);
  return given.length === 0 ? readTimeout : Math.max(...given);
}

/** A server in the configuration file. */
export const serverLine = (server: RuntimeServer): string =>
  `server ${server.name} ${server.arguments}`;

const withOptions = (server: Server, options: string): RuntimeServer => ({
  ...server,
  arguments: `${server.address}:${server.port} ${options}`,
  checked: true,
});

function refuseStrangers(allow: readonly string[] | undefined): string | undefined {
  if (allow === undefined) return undefined;
  const refusal = answer(403, "this Ingress does not accept requests from %[src].");
  return allow.length === 0 ? `${refusal} if TRUE` : `${refusal} unless { src ${allow.join(" ")} }`;
}

const whyNone = ({ missing, target }: Backend): string =>
  `${missing ?? `no pod of Service ${target.service} is ready on port ${target.port}`}.`;

const replacement = (target: string): string =>
  quote(literal(target.replaceAll("\\", "\\\\")).replace(/\$(\d)/g, "\\$1"));
