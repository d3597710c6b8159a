import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { startedLink } from "../rpc/link";
import { serve } from "../rpc/server";
import { Provider } from "./provider";

const provider = new Provider(startedLink("@pulumi/command"));

void serve({
  service: ResourceProviderService,
  implementation: provider.methods(),
  close: () => {
    provider.kill();
  },
});
