import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { engineAddress, serve } from "../rpc/server";
import { LanguageHost } from "./host";

const host = new LanguageHost(engineAddress());

void serve({
  service: LanguageRuntimeService,
  implementation: host.methods(),
  close: () => {
    host.kill();
  },
});
