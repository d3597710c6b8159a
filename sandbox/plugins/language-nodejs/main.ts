import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { serve } from "../rpc/server";
import { LanguageHost } from "./host";

const host = new LanguageHost(process.argv.slice(2).find((argument) => !argument.startsWith("-")));

void serve({
  service: LanguageRuntimeService,
  implementation: host.methods(),
  close: () => {
    host.kill();
  },
});
