// A stand-in for a pod in tests: `pod.mjs <address> <name> <version> <socket that says it listens>`.
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";

const [, , address, name, version, readyFile] = process.argv;

const server = createServer((request, response) => {
  const url = new URL(request.url, "http://pod");
  request.resume();
  request.on("end", () => {
    const answer = () => {
      response.setHeader("x-pod", name);
      response.setHeader("x-version", version);
      response.end(
        JSON.stringify({ method: request.method, url: request.url, headers: request.headers }),
      );
    };
    setTimeout(answer, Number(url.searchParams.get("ms") ?? 0));
  });
});

// Speaks a protocol of its own after the upgrade: it sends back what it gets.
server.on("upgrade", (_request, socket) => {
  socket.on("error", () => socket.destroy());
  socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n");
  socket.pipe(socket);
});

server.listen(8080, address, () => writeFileSync(readyFile, ""));

// As a pod with a preStop hook: it goes on for a moment, for it takes a while until nobody sends it requests any more.
process.on("SIGTERM", () => setTimeout(() => server.close(() => process.exit(0)), 300));
