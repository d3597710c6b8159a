import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import {
  type CallRequest,
  type CheckRequest,
  type CheckResponse,
  type ConfigureRequest,
  ConfigureResponse,
  type ConstructRequest,
  type CreateRequest,
  CreateResponse,
  type DeleteRequest,
  type DiffRequest,
  DiffResponse,
  type InvokeRequest,
  type ReadRequest,
  ReadResponse,
  type UpdateRequest,
  UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { PluginError } from "../rpc/errors";
import { subjectOf, type EngineLink } from "../rpc/link";
import { checkResponse, diffResponse } from "../rpc/responses";
import { unary } from "../rpc/server";
import { decode, encode } from "../rpc/values";
import { Operations } from "./operations/operations";
import { diffProvider } from "./provider-diff";
import { isStrict, readSettings, settingsFailures } from "./settings";
import { refuseCall } from "./unsupported";

/** The service `pulumi-resource-kubernetes` of Pulumi's protocol: messages in and out, and nothing else. */
export class Provider {
  private operations: Operations | undefined;

  constructor(private readonly link: EngineLink) {}

  /** Methods of the gRPC service; those left out answer UNIMPLEMENTED. */
  public methods(): UntypedServiceImplementation {
    return {
      ...this.link.methods((response) => response.setSupportsAutonamingConfiguration(true)),
      checkConfig: unary(checkConfig),
      diffConfig: unary(diffConfig),
      configure: unary((request: ConfigureRequest) => this.configure(request)),
      check: unary((request: CheckRequest) => this.check(request)),
      diff: unary((request: DiffRequest) => this.diff(request)),
      create: unary((request: CreateRequest) => this.create(request)),
      read: unary((request: ReadRequest) => this.read(request)),
      update: unary((request: UpdateRequest) => this.update(request)),
      delete: unary((request: DeleteRequest) => this.delete(request)),
      invoke: unary((request: InvokeRequest) => refuse(request.getTok())),
      call: unary((request: CallRequest) => refuse(request.getTok())),
      construct: unary((request: ConstructRequest) => refuse(request.getType())),
    };
  }

  private configure(request: ConfigureRequest): ConfigureResponse {
    const settings = readSettings(decode(request.getArgs()));
    this.operations = new Operations(settings, this.link.connected(), this.link.signal);
    return new ConfigureResponse()
      .setAcceptsecrets(true)
      .setSupportspreview(true)
      .setSupportsAutonamingConfiguration(true);
  }

  private async check(request: CheckRequest): Promise<CheckResponse> {
    const autonaming = request.getAutonaming();
    const { inputs, failures } = await this.configured().check(subjectOf(request), {
      olds: decode(request.getOlds()),
      news: decode(request.getNews()),
      naming: {
        resource: request.getName(),
        seed: request.getRandomseed_asU8(),
        configured: autonaming && {
          mode: autonaming.getMode(),
          name: autonaming.getProposedName(),
        },
      },
    });
    return checkResponse(inputs, failures);
  }

  private async diff(request: DiffRequest): Promise<DiffResponse> {
    const { changes, deletesFirst } = await this.configured().diff(
      subjectOf(request),
      request.getId(),
      {
        olds: decode(request.getOldInputs()),
        state: decode(request.getOlds()),
        news: decode(request.getNews()),
        ignored: request.getIgnorechangesList(),
      },
    );
    return diffResponse(changes).setDeletebeforereplace(deletesFirst);
  }

  private async create(request: CreateRequest): Promise<CreateResponse> {
    const inputs = decode(request.getProperties());
    const { id, outputs } = await this.configured().create(subjectOf(request), inputs, {
      preview: request.getPreview(),
      timeoutSeconds: request.getTimeout(),
    });
    return new CreateResponse().setId(id).setProperties(encode(outputs));
  }

  private async read(request: ReadRequest): Promise<ReadResponse> {
    const found = await this.configured().read(subjectOf(request), request.getId(), {
      state: decode(request.getProperties()),
      inputs: decode(request.getInputs()),
    });
    // Without an id the resource is taken for deleted.
    if (found === undefined) return new ReadResponse();
    return new ReadResponse()
      .setId(found.id)
      .setProperties(encode(found.outputs))
      .setInputs(encode(found.inputs ?? {}));
  }

  private async update(request: UpdateRequest): Promise<UpdateResponse> {
    const { outputs } = await this.configured().update(subjectOf(request), {
      id: request.getId(),
      state: decode(request.getOlds()),
      inputs: decode(request.getNews()),
      ignored: request.getIgnorechangesList(),
      preview: request.getPreview(),
      timeoutSeconds: request.getTimeout(),
    });
    return new UpdateResponse().setProperties(encode(outputs));
  }

  private async delete(request: DeleteRequest): Promise<Empty> {
    await this.configured().delete(subjectOf(request), request.getId(), {
      state: decode(request.getProperties()),
      timeoutSeconds: request.getTimeout(),
    });
    return new Empty();
  }

  private configured(): Operations {
    if (this.operations === undefined) throw new PluginError("the provider is not configured");
    return this.operations;
  }
}

function checkConfig(request: CheckRequest): CheckResponse {
  const args = decode(request.getNews());
  const isDefault = /^default(_|$)/.test(request.getName());
  const failures = settingsFailures(args, isDefault, isStrict(args));
  return checkResponse(args, failures);
}

function diffConfig(request: DiffRequest): DiffResponse {
  const olds = decode(request.getOldInputs() ?? request.getOlds());
  const { changed, replaces } = diffProvider(olds, decode(request.getNews()));
  const { DIFF_NONE, DIFF_SOME } = DiffResponse.DiffChanges;
  return new DiffResponse()
    .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList(changed)
    .setReplacesList(replaces);
}

function refuse(token: string): never {
  throw new PluginError(refuseCall(token));
}
