import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { backupFolder, manifestIn, type BackupFolder } from "../../components/backup/script";
import { volumePath } from "../../components/backup/volume-job";
import type {
  BackupSpec,
  PartName,
  PartOperations,
  Repository,
} from "../../components/backup/spec";
import { UserError } from "../../components/shared/problem";
import { readProject } from "../rollout/project";
import { etcdOperations } from "./etcd";
import { OpenRepository, type Keyring } from "./repository";
import { withState } from "./state";
import { projectNames } from "../projects/files";
import { stateHome } from "../../components/shared/system/xdg";
import { volumeOperations } from "./volume";
import { volumesWanted } from "../../components/backup/owner";
import type { PartsArgs } from "./args";

/** One thing that is backed up, with its repository and operations. */
export interface BackupPart {
  repository: Repository;
  operations: PartOperations;
}

/** Everything that a stack backs up, each in a repository of its own. */
export async function partsOf(args: PartsArgs): Promise<BackupPart[]> {
  const { etcd, state, registry, volumes } = args.spec;
  const one = (
    part: PartName,
    spec: Repository["spec"],
    make: (repository: Repository) => PartOperations,
  ): BackupPart => {
    const repository = { part, path: part, spec };
    return { repository, operations: make(repository) };
  };
  return [
    ...(etcd === undefined
      ? []
      : [one("etcd", etcd, (repository) => onMachines(args, repository))]),
    ...(state === undefined
      ? []
      : [one("state", state, (repository) => stateOperations(args, repository))]),
    ...(registry === undefined
      ? []
      : [
          one("registry", registry, (repository) =>
            folderOperations(args, repository, registry.folder),
          ),
        ]),
    ...(volumes === undefined ? [] : await volumeParts(args, volumes)),
  ];
}

function onMachines({ cluster, keyring }: PartsArgs, repository: Repository): PartOperations {
  if (cluster !== undefined) return etcdOperations({ cluster, repository, keyring });
  throw new UserError(
    "etcd is backed up where a stack makes its own cluster: this one's slipway:cluster is of another kind\n  fix:  take etcd out of slipway:backup.parts",
    2,
  );
}

function stateOperations({ session, keyring }: PartsArgs, repository: Repository): PartOperations {
  return {
    run: async (say) => {
      await withState(session, say, async (source) => {
        await backUp({ repository, keyring, source, host: session.stack }, say);
      });
    },
  };
}

function folderOperations(
  { session, keyring }: PartsArgs,
  repository: Repository,
  folder: string,
): PartOperations {
  return {
    run: async (say) => {
      if (!existsSync(folder) || !statSync(folder).isDirectory()) {
        throw new UserError(
          `${repository.path} is not backed up: ${folder} is no folder of this machine\n  fix:  run it on the machine that has the registry, or fix slipway:backup.parts.registry.folder`,
          2,
        );
      }
      // The same path each time: restic finds unchanged files by it.
      const own = stateHome(process.env);
      const manifest = manifestIn(join(own, "slipway", "backup", session.stack, repository.path));
      const source = { data: folder, manifest };
      await backUp({ repository, keyring, source, host: session.stack }, say);
    },
  };
}

async function backUp(
  {
    repository,
    keyring,
    source,
    host,
  }: { repository: Repository; keyring: Keyring; source: BackupFolder; host: string },
  say: Parameters<PartOperations["run"]>[0],
): Promise<void> {
  await OpenRepository.use(repository, keyring, async (open) => {
    const { keep } = repository.spec;
    await open.script("the backup", backupFolder({ ...open.scripted(host), source, keep }), say);
  });
}

/** Volumes of the projects that run in the stack. */
async function volumeParts(
  args: PartsArgs,
  spec: NonNullable<BackupSpec["volumes"]>,
): Promise<BackupPart[]> {
  const { session } = args;
  const { projects = {} } = (await session.engine.json("stack", "output")) as {
    projects?: Record<string, unknown>;
  };
  const known = new Set(projectNames(session.checkout));
  return Object.keys(projects)
    .filter((name) => known.has(name))
    .sort()
    .flatMap((name) => {
      const project = readProject(session.checkout, session.file, name);
      return volumesWanted(project.spec).map((volume): BackupPart => {
        const path = volumePath(project.name, volume);
        const repository: Repository = { part: "volumes", path, spec };
        return {
          repository,
          operations: volumeOperations({
            session,
            spec: { ...args.spec, volumes: spec },
            repository,
            project,
            volume,
          }),
        };
      });
    });
}
