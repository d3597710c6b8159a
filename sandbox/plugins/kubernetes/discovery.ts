import { ApiError } from "./api-error";
import type { Client } from "./client";
import { groupOf, type Reference } from "./objects";

/** What the API server knows about a kind. */
export interface Kind {
  readonly apiVersion: string;
  /** Name in paths, e.g. `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
}

interface ResourceList {
  readonly resources?: readonly { name: string; kind: string; namespaced: boolean }[];
}
interface Definition {
  readonly spec?: {
    readonly group?: string;
    readonly scope?: string;
    readonly names?: { readonly kind?: string; readonly plural?: string };
    readonly versions?: readonly { readonly name?: string }[];
  };
}

/** Kinds of the API server, asked for once per group and version and shared by all operations. */
export class Discovery {
  private readonly lists = new Map<string, Promise<Map<string, Kind> | undefined>>();
  private readonly declared = new Map<string, Kind>();

  constructor(private readonly client: Client) {}

  /** Looks a kind up; undefined if the server does not have it (yet). */
  public async find(apiVersion: string, kind: string): Promise<Kind | undefined> {
    const known = (await this.list(apiVersion))?.get(kind);
    // A kind may be defined at any time: only what was found is remembered.
    if (known === undefined) this.lists.delete(apiVersion);
    return known;
  }

  /**
   * Is a kind namespaced? If the server does not have it, a definition in the same program tells; and if there is none,
   * it is taken for namespaced, as most are.
   */
  public async isNamespaced(apiVersion: string, kind: string): Promise<boolean> {
    const known = await this.find(apiVersion, kind);
    return (known ?? this.declared.get(`${apiVersion}/${kind}`))?.namespaced ?? true;
  }

  /** Takes note of a CustomResourceDefinition that the program will create. */
  public declare(definition: object): void {
    const { spec } = definition as Definition;
    const { kind, plural } = spec?.names ?? {};
    if (spec?.group === undefined || kind === undefined || plural === undefined) return;
    for (const { name } of spec.versions ?? []) {
      if (name === undefined) continue;
      const apiVersion = `${spec.group}/${name}`;
      const namespaced = spec.scope !== "Cluster";
      this.declared.set(`${apiVersion}/${kind}`, { apiVersion, plural, namespaced });
    }
  }

  private async list(apiVersion: string): Promise<Map<string, Kind> | undefined> {
    const known = this.lists.get(apiVersion) ?? this.fetch(apiVersion);
    this.lists.set(apiVersion, known);
    try {
      return await known;
    } catch (error) {
      this.lists.delete(apiVersion);
      throw error;
    }
  }

  private async fetch(apiVersion: string): Promise<Map<string, Kind> | undefined> {
    try {
      const list = (await this.client.send({ path: basePath(apiVersion) })) as ResourceList;
      const kinds = (list.resources ?? []).filter(({ name }) => !name.includes("/"));
      return new Map(
        kinds.map(({ name, kind, namespaced }) => [kind, { apiVersion, plural: name, namespaced }]),
      );
    } catch (error) {
      if (error instanceof ApiError && error.isNotFound) return undefined;
      throw error;
    }
  }
}

/** Path of all objects of a kind, in one namespace or in all. */
export function collectionPath(
  { apiVersion, plural, namespaced }: Kind,
  namespace?: string,
): string {
  const scope =
    namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${basePath(apiVersion)}${scope}/${plural}`;
}

/** Path of one object. */
export function objectPath(
  kind: Kind,
  { namespace, name }: Pick<Reference, "namespace" | "name">,
): string {
  return `${collectionPath(kind, namespace ?? "default")}/${encodeURIComponent(name)}`;
}

const basePath = (apiVersion: string): string =>
  groupOf(apiVersion) === "" ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
