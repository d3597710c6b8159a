/** Addresses by which the engine, its plugins and the program communicate. */
const here = ["127.0.0.1", "localhost"];

/**
 * Keeps their gRPC traffic from the environment's proxy: the gRPC library would send even local traffic there without these
 * variables, which it reads in lower case only.
 */
export function withoutProxy(env: NodeJS.ProcessEnv): { no_grpc_proxy: string } {
  const given = env["no_grpc_proxy"] ?? env["no_proxy"] ?? env["NO_PROXY"] ?? "";
  const hosts = given.split(",").filter((host) => host !== "" && !here.includes(host));
  return { no_grpc_proxy: [...hosts, ...here].join(",") };
}
