import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import { PluginInfo, type PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import {
  ProviderHandshakeResponse,
  type ProviderHandshakeRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import { readFileSync } from "node:fs";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { connectEngine, type EngineLog } from "./engine";
import { engineAddress } from "./server";
import { PluginError, unary } from "../../../components/shared/system/grpc";

/** What every provider needs with its engine: an address, a version and a shutdown. */
export class EngineLink {
  private readonly canceller = new AbortController();
  private engine: EngineLog | undefined;

  constructor(
    /** Version of the SDK that the provider reports. */
    private readonly version: string,
    /** Absent if the engine sends its address later. */
    address: string | undefined,
  ) {
    if (address !== undefined) this.engine = connectEngine(address);
  }

  /** Aborted when the engine wants everything to end. */
  get signal(): AbortSignal {
    return this.canceller.signal;
  }

  /** The engine; throws before its address is known. */
  connected(): EngineLog {
    if (this.engine === undefined) throw new PluginError("the engine gave no address to talk to");
    return this.engine;
  }

  /** Ends everything that is under way. */
  cancel(): void {
    this.canceller.abort();
  }

  /** The gRPC methods for this. */
  methods(): UntypedServiceImplementation {
    return {
      handshake: unary((request: ProviderHandshakeRequest) => {
        this.engine = connectEngine(request.getEngineAddress());
        return new ProviderHandshakeResponse().setAcceptSecrets(true);
      }),
      attach: unary((request: PluginAttach) => {
        this.engine = connectEngine(request.getAddress());
        return new Empty();
      }),
      getPluginInfo: unary(() => new PluginInfo().setVersion(this.version)),
      cancel: unary(() => {
        this.cancel();
        return new Empty();
      }),
    };
  }
}

/** The link of a provider started by the engine: the version is that of an SDK, the address the first argument. */
export function startedLink(sdk: string): EngineLink {
  const manifest = readFileSync(require.resolve(`${sdk}/package.json`), "utf8");
  const { version } = JSON.parse(manifest) as { version: string };
  return new EngineLink(version, engineAddress());
}

/** The resource that a request is about. */
export const subjectOf = (request: {
  getUrn(): string;
  getType(): string;
}): { urn: string; token: string } => ({
  urn: request.getUrn(),
  token: request.getType(),
});
