// SJZY.Package.Api: parcels and where they are. Plain node:http, configured by the appsettings.json that its image carries.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { hostname } from "node:os";

const read = (file) => JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
const { version } = read("./package.json");
const config = read("./appsettings.json");

/** Parcels on their way, newest first. */
const parcels = [
  { id: "SJ-1003", to: "Hangzhou", state: "sorting" },
  { id: "SJ-1002", to: "Ningbo", state: "on the road" },
  { id: "SJ-1001", to: "Wenzhou", state: "delivered" },
];

/** @type {Record<string, (url: URL) => unknown>} */
const routes = {
  "/packages": () => parcels,
  "/packages/find": (url) => parcels.filter(({ id }) => id === url.searchParams.get("id")),
};

/** Who answers, for people and for the checks of a release. */
const about = () => ({ project: "SJZY.Package.Api", version, host: hostname(), config });

let ending = false;
const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://localhost");
  const send = (status, body) => {
    if (ending) response.setHeader("connection", "close");
    response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
    response.end(`${JSON.stringify(body)}\n`);
  };
  if (url.pathname === "/") return send(200, about());
  if (url.pathname === "/healthz") return send(200, { status: "ok" });
  const route = routes[url.pathname];
  return route === undefined
    ? send(404, { error: `no ${url.pathname} here` })
    : send(200, route(url));
});

server.listen(config.port, () =>
  console.log(`SJZY.Package.Api ${version} listens on ${config.port}`),
);

// Kubernetes asks before it kills: finish what was begun, take nothing new. Whoever keeps a connection is told so with the next
// answer: one that is closed without a word may meet a request that is on its way.
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    ending = true;
    setTimeout(() => server.close(), 1_000);
  });
}
