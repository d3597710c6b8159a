// Stands in for Tomcat: listens where conf/server.xml says, and serves the files of webapps/ROOT.war.
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { inflateRawSync } from "node:zlib";

const base = process.argv.find((word) => word.startsWith("-Dcatalina.base="))?.split("=")[1];
if (base === undefined) throw new Error("-Dcatalina.base is missing");
const port = Number(
  /<Connector port="(\d+)"/.exec(readFileSync(`${base}/conf/server.xml`, "utf8"))[1],
);
const files = unzip(readFileSync(`${base}/webapps/ROOT.war`));

/** What a person, or a test, wants to know of the container. */
const about = () => ({
  server: "stand-in for Tomcat",
  war: [...files.keys()],
  conf: Object.fromEntries(
    readdirSync("/data/conf")
      // A mounted directory holds links of Kubernetes' own.
      .filter((name) => !name.startsWith(".."))
      .map((name) => [name, readFileSync(`/data/conf/${name}`, "utf8")]),
  ),
  hosts: readFileSync("/etc/hosts", "utf8"),
});

const server = createServer((request, response) => {
  const path = new URL(request.url, "http://localhost").pathname.slice(1);
  if (path === "about") return response.end(JSON.stringify(about()));
  const file = files.get(path === "" ? "index.html" : path);
  response.writeHead(file === undefined ? 404 : 200).end(file);
});
server.listen(port, () => console.log(`test.gyyx.cn listens on ${port}`));

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    server.close();
    server.closeIdleConnections();
  });
}

/** Files of a zip archive, by the entries of its central directory. */
function unzip(zip) {
  const found = new Map();
  const end = zip.lastIndexOf("PK\x05\x06");
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [method, size] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)];
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const local = zip.readUInt32LE(at + 42);
    const begin = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const bytes = zip.subarray(begin, begin + size);
    const path = zip.toString("utf8", at + 46, at + 46 + name);
    if (!path.endsWith("/")) found.set(path, method === 0 ? bytes : inflateRawSync(bytes));
    at += 46 + name + extra + comment;
  }
  return found;
}
