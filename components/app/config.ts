import type * as k8s from "@pulumi/kubernetes";

/** A version's configuration that is not in its image. */
export interface Configuration {
  /** Extra lines of /etc/hosts: address → names. */
  hostAliases: Readonly<Record<string, readonly string[]>>;
  /** Files that are mounted. */
  mount?: MountedConfig;
}

/** Configuration that is mounted read-only, in place of being built into the image. */
export interface MountedConfig {
  /** Where the program expects it: the file, or the directory that all files are in. */
  path: string;
  /** Whether `path` is a directory. */
  directory: boolean;
  /** Content by path; exactly one where `path` is a file. */
  files: Readonly<Record<string, Uint8Array>>;
  /** Whether a Secret must hold it. */
  secret: boolean;
  /** SHA-256 of the content, in hex. */
  hash: string;
}

/** Longer than the name of a project's volume may be, so it never clashes with one. */
const volumeName = "project-configuration";

/** Suffix of the object's name: a hash of its content, so a new version's object does not replace the old one's. */
export const configObject = ({ hash }: MountedConfig): string => `config-${hash.slice(0, 8)}`;

/** Content by key: text as it is, everything else in base64. */
export function configData({ files }: MountedConfig): {
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
} {
  const data: Record<string, string> = {};
  const binaryData: Record<string, string> = {};
  for (const [key, path] of keysOf(files)) {
    const bytes = Buffer.from(files[path] ?? []);
    const text = bytes.toString("utf8");
    if (Buffer.from(text, "utf8").equals(bytes)) data[key] = text;
    else binaryData[key] = bytes.toString("base64");
  }
  return {
    ...(Object.keys(data).length === 0 ? {} : { data }),
    ...(Object.keys(binaryData).length === 0 ? {} : { binaryData }),
  };
}

/** The pod's volume. */
export function configVolume(
  objectName: string,
  { files, secret }: MountedConfig,
): k8s.types.input.core.v1.Volume {
  const items = keysOf(files).map(([key, path]) => ({ key, path }));
  return secret
    ? { name: volumeName, secret: { secretName: objectName, items } }
    : { name: volumeName, configMap: { name: objectName, items } };
}

/** Its mount in the container. */
export function configMount({
  path,
  directory,
  files,
}: MountedConfig): k8s.types.input.core.v1.VolumeMount {
  const mount = { name: volumeName, mountPath: path, readOnly: true };
  const [file = ""] = Object.keys(files);
  return directory ? mount : { ...mount, subPath: file };
}

/** Keys of an object have no slashes: a file whose path cannot be a key gets its number, and never another file's name. */
function keysOf(files: MountedConfig["files"]): [key: string, path: string][] {
  const paths = Object.keys(files).sort();
  const taken = new Set(paths);
  return paths.map((path, index) => {
    if (/^[-._a-zA-Z0-9]+$/.test(path)) return [path, path];
    let key = `file.${index}`;
    while (taken.has(key)) key += "_";
    return [key, path];
  });
}
