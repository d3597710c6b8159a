/**
 * Seconds that one request may take, its answer included, at the edges and at the ingress controller: neither cuts an upload, a
 * report or a connection that waits for news. How long it goes on when its pod is to go says the project (`drainSeconds`).
 */
export const longestRequest = 3600;

/**
 * Where a controller answers 200 once it has routes: its own `/ping`, by a route that it reads from the cluster as it reads
 * everybody's. On its other port it says that it is well though it may read nothing, and answers everybody with 404.
 */
export const readiness = { host: "ready.traefik.internal", path: "/ping" } as const;
