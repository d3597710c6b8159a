/** The engine, its plugins and the program talk to one another here. */
const here = ["127.0.0.1", "localhost"];

/**
 * Keeps what they say to one another from a proxy that the environment names: the library that they talk by sends even that there,
 * unless these variables say otherwise, which it knows in lower case alone.
 */
export function withoutProxy(env: NodeJS.ProcessEnv): { no_grpc_proxy: string } {
  const given = env["no_grpc_proxy"] ?? env["no_proxy"] ?? env["NO_PROXY"] ?? "";
  const hosts = given.split(",").filter((host) => host !== "" && !here.includes(host));
  return { no_grpc_proxy: [...hosts, ...here].join(",") };
}
