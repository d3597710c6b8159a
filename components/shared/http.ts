/**
 * Seconds that one request may take, its answer included, at the edges and at the ingress controller: neither cuts an upload, a
 * report or a connection that waits for news. How long it goes on when its pod is to go says the project (`drainSeconds`).
 */
export const longestRequest = 3600;
