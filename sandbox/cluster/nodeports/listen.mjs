// Runs in the host's network namespace: opens a port on its loopback on request, and hands the socket to its parent,
// which is in the sandbox's. A socket stays where it was opened.
import { createServer } from "node:net";

process.on("message", (port) => {
  const server = createServer();
  server.once("error", ({ code }) => process.send({ port, problem: code }));
  server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
    process.send({ port }, server, () => server.close());
  });
});
process.on("disconnect", () => process.exit(0));
