/** Fields of a project that backups read. */
export interface VolumeOwner {
  /** Name in Gitea. */
  project: string;
  /** UID of its pods, which may read its volumes. */
  runAsUser: number;
  /** Its volumes by name, and whether each is backed up. */
  volumes: Readonly<Record<string, { backup?: boolean | undefined }>>;
}

/** Volumes of a project that ask to be backed up. */
export const volumesWanted = ({ volumes }: Pick<VolumeOwner, "volumes">): string[] =>
  Object.entries(volumes).flatMap(([name, { backup }]) => (backup === true ? [name] : []));
