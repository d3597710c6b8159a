/**
 * Timeout of one request with its response, in seconds, at the edges and at the ingress controller: long enough for uploads,
 * reports and long polls. For requests to a terminating pod the project sets `drainSeconds`.
 */
export const longestRequest = 3600;

/**
 * Host and path that a controller answers with 200 once it has routes: its own `/ping`, by a route that it reads from the cluster
 * like all others. The `/ping` of its admin port reports healthy even while it has no routes and answers every request with 404.
 */
export const readiness = { host: "ready.traefik.internal", path: "/ping" } as const;
