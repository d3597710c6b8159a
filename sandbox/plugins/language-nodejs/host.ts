import {
  type ServerWritableStream,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import {
  AboutResponse,
  DependencyInfo,
  type GetProgramDependenciesRequest,
  GetProgramDependenciesResponse,
  type GetRequiredPackagesRequest,
  GetRequiredPackagesResponse,
  type InstallDependenciesRequest,
  InstallDependenciesResponse,
  type LanguageHandshakeRequest,
  LanguageHandshakeResponse,
  type ProgramInfo,
  type RunRequest,
  RunResponse,
  RuntimeOptionsResponse,
  TemplateResponse,
} from "@pulumi/pulumi/proto/language_pb";
import { PackageDependency, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { installDependencies } from "./dependencies";
import { dependencies, pulumiPackages, sdkVersion } from "./packages";
import { Program } from "./program";
import { PluginError, toServerError, unary } from "../../../components/shared/system/grpc";

/** Runs Node programs for the engine: the service `pulumi-language-nodejs` of Pulumi's protocol. */
export class LanguageHost {
  private program: Program | undefined;

  /** The engine's address comes as an argument, or with the handshake. */
  constructor(private engine: string | undefined) {}

  /** Ends a running program at once: without its engine it cannot go on. */
  public kill(): void {
    this.program?.kill();
  }

  /** Methods of the gRPC service; those left out answer UNIMPLEMENTED. */
  public methods(): UntypedServiceImplementation {
    return {
      handshake: unary((request: LanguageHandshakeRequest) => {
        this.engine = request.getEngineAddress();
        return new LanguageHandshakeResponse();
      }),
      getPluginInfo: unary(() => new PluginInfo().setVersion(sdkVersion())),
      getRequiredPackages: unary(getRequiredPackages),
      getProgramDependencies: unary(getProgramDependencies),
      about: unary(() =>
        new AboutResponse().setExecutable(process.execPath).setVersion(process.version),
      ),
      runtimeOptionsPrompts: unary(() => new RuntimeOptionsResponse()),
      template: unary(() => new TemplateResponse()),
      installDependencies: install,
      run: unary((request: RunRequest) => this.run(request)),
      cancel: unary(() => {
        this.program?.interrupt();
        return new Empty();
      }),
    };
  }

  private async run(request: RunRequest): Promise<RunResponse> {
    if (this.engine === undefined) {
      throw new PluginError("the engine gave no address to talk back to");
    }
    this.program = Program.start(request, this.engine);
    const outcome = await this.program.outcome;
    return new RunResponse().setError(outcome.error ?? "").setBail(outcome.reported);
  }
}

async function getRequiredPackages(
  request: GetRequiredPackagesRequest,
): Promise<GetRequiredPackagesResponse> {
  const packages = await pulumiPackages(directory(request.getInfo()));
  return new GetRequiredPackagesResponse().setPackagesList(
    packages.map(({ name, version, server }) =>
      new PackageDependency()
        .setKind("resource")
        .setName(name)
        .setVersion(`v${version}`)
        .setServer(server ?? ""),
    ),
  );
}

async function getProgramDependencies(
  request: GetProgramDependenciesRequest,
): Promise<GetProgramDependenciesResponse> {
  const transitive = request.getTransitivedependencies();
  const found = await dependencies(directory(request.getInfo()), transitive);
  return new GetProgramDependenciesResponse().setDependenciesList(
    found.map(({ name, version }) => new DependencyInfo().setName(name).setVersion(version)),
  );
}

function install(
  call: ServerWritableStream<InstallDependenciesRequest, InstallDependenciesResponse>,
): void {
  installDependencies(directory(call.request.getInfo()), {
    stdout: (chunk) => call.write(new InstallDependenciesResponse().setStdout(chunk)),
    stderr: (chunk) => call.write(new InstallDependenciesResponse().setStderr(chunk)),
  }).then(
    () => call.end(),
    (error: unknown) => call.emit("error", toServerError(error)),
  );
}

function directory(info: ProgramInfo | undefined): string {
  if (info === undefined) {
    throw new PluginError("the engine named no program directory", status.INVALID_ARGUMENT);
  }
  return info.getProgramDirectory();
}
