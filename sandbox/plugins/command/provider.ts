import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import {
  type CallRequest,
  type CheckRequest,
  type CheckResponse,
  ConfigureResponse,
  type ConstructRequest,
  type CreateRequest,
  CreateResponse,
  type DeleteRequest,
  type DiffRequest,
  DiffResponse,
  type InvokeRequest,
  InvokeResponse,
  type ReadRequest,
  ReadResponse,
  type UpdateRequest,
  UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { subjectOf, type EngineLink } from "../rpc/link";
import { checkResponse, diffResponse } from "../rpc/responses";
import { decode, encode } from "../rpc/values";
import { check } from "./check";
import { judgeChanges } from "./changes";
import { killLocalCommands } from "./local";
import { Operations } from "./operations";
import { PluginError, unary } from "../../../components/shared/system/grpc";

/** The service `pulumi-resource-command` of Pulumi's protocol: only converts messages. */
export class Provider {
  constructor(private readonly link: EngineLink) {}

  /** Methods of the gRPC service; those left out answer UNIMPLEMENTED. */
  public methods(): UntypedServiceImplementation {
    return {
      ...this.link.methods(),
      checkConfig: unary((request: CheckRequest) => checkResponse(decode(request.getNews()), [])),
      diffConfig: unary(() => new DiffResponse().setChanges(DiffResponse.DiffChanges.DIFF_NONE)),
      configure: unary(() =>
        new ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true),
      ),
      check: unary(checkInputs),
      diff: unary(diffInputs),
      create: unary((request: CreateRequest) => this.create(request)),
      // The effect of a command cannot be read again: the recorded state stays.
      read: unary((request: ReadRequest) =>
        new ReadResponse()
          .setId(request.getId())
          .setProperties(request.getProperties())
          .setInputs(request.getInputs()),
      ),
      update: unary((request: UpdateRequest) => this.update(request)),
      delete: unary((request: DeleteRequest) => this.delete(request)),
      invoke: unary((request: InvokeRequest) => this.invoke(request)),
      call: unary((request: CallRequest) => refuse(request.getTok())),
      construct: unary((request: ConstructRequest) => refuse(request.getType())),
    };
  }

  /** Ends everything that is running: the process is about to end. */
  public kill(): void {
    this.link.cancel();
    killLocalCommands();
  }

  private async create(request: CreateRequest): Promise<CreateResponse> {
    const { id, outputs } = await this.operations().create(subjectOf(request), {
      inputs: decode(request.getProperties()),
      preview: request.getPreview(),
      seconds: secondsOf(request),
    });
    return new CreateResponse().setId(id).setProperties(encode(outputs));
  }

  private async update(request: UpdateRequest): Promise<UpdateResponse> {
    const outputs = await this.operations().update(subjectOf(request), {
      state: decode(request.getOlds()),
      inputs: decode(request.getNews()),
      preview: request.getPreview(),
      seconds: secondsOf(request),
    });
    return new UpdateResponse().setProperties(encode(outputs));
  }

  private async delete(request: DeleteRequest): Promise<Empty> {
    await this.operations().delete(subjectOf(request), {
      state: decode(request.getProperties()),
      seconds: secondsOf(request),
    });
    return new Empty();
  }

  private async invoke(request: InvokeRequest): Promise<InvokeResponse> {
    const token = request.getTok();
    const args = decode(request.getArgs());
    const { inputs, failures } = check(token, args);
    if (failures.length > 0) {
      return new InvokeResponse().setFailuresList(checkResponse({}, failures).getFailuresList());
    }
    const outputs = await this.operations().run({ urn: "", token }, inputs);
    return new InvokeResponse().setReturn(encode(outputs));
  }

  private known: Operations | undefined;
  private operations(): Operations {
    this.known ??= new Operations(this.link.connected(), this.link.signal);
    return this.known;
  }
}

function checkInputs(request: CheckRequest): CheckResponse {
  const { inputs, failures } = check(request.getType(), decode(request.getNews()));
  return checkResponse(inputs, failures);
}

function diffInputs(request: DiffRequest): DiffResponse {
  const changes = judgeChanges(request.getType(), {
    olds: decode(request.getOldInputs() ?? request.getOlds()),
    news: decode(request.getNews()),
    ignored: request.getIgnorechangesList(),
  });
  return diffResponse(changes);
}

/** Custom time-out; 0 on the wire means none. */
const secondsOf = (request: { getTimeout(): number }): number | undefined =>
  request.getTimeout() > 0 ? request.getTimeout() : undefined;

function refuse(token: string): never {
  throw new PluginError(`Slipway's stand-in for the command plugin has no ${token}`);
}
