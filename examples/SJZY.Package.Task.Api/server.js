// SJZY.Package.Task.Api: the depot's recurring tasks. Plain node:http, configured by the appsettings.json that its image carries.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { hostname } from "node:os";

const read = (file) => JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
const { version } = read("./package.json");
const config = read("./appsettings.json");

/** What the depot does by itself, and how often. */
const tasks = new Map([
  ["close-day", "daily"],
  ["sync-labels", "every 10 minutes"],
  ["purge-drafts", "weekly"],
]);

/** @type {Record<string, () => unknown>} */
const routes = {
  "/tasks": () => [...tasks].map(([name, every]) => ({ name, every })),
};

/** Who answers, for people and for the checks of a release. */
const about = () => ({ project: "SJZY.Package.Task.Api", version, host: hostname(), config });

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
  console.log(`SJZY.Package.Task.Api ${version} listens on ${config.port}`),
);

// Kubernetes asks before it kills: finish what was begun, take nothing new. Whoever keeps a connection is told so with the next
// answer: one that is closed without a word may meet a request that is on its way.
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    ending = true;
    setTimeout(() => server.close(), 1_000);
  });
}
