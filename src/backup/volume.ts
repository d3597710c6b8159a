import type { PartOperations, Repository } from "../../components/backup/spec";
import { UserError } from "../../components/shared/problem";
import type { ReleasedProject } from "../release/project";
import type { PartsArgs } from "./parts";

/** What a volume's operations are made from. */
export interface VolumeArgs extends PartsArgs {
  repository: Repository;
  project: ReleasedProject;
  /** Its name in the project's file. */
  volume: string;
}

/** A project's volume: Jobs in the cluster read and write it. */
export function volumeOperations({ repository }: VolumeArgs): PartOperations {
  return {
    run: () => Promise.reject(new UserError(`${repository.path}: not yet`)),
  };
}
