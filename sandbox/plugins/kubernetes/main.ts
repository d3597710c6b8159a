import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { startedLink } from "../rpc/link";
import { serve } from "../rpc/server";
import { Provider } from "./provider";

void serve({
  service: ResourceProviderService,
  implementation: new Provider(startedLink("@pulumi/kubernetes")).methods(),
});
