import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { readFileSync } from "node:fs";
import { serve } from "../rpc/server";
import { Provider } from "./provider";

const manifest = readFileSync(require.resolve("@pulumi/command/package.json"), "utf8");
const { version } = JSON.parse(manifest) as { version: string };
const engine = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
const provider = new Provider(version, engine);

void serve({
  service: ResourceProviderService,
  implementation: provider.methods(),
  close: () => {
    provider.kill();
  },
});
