import type * as pulumi from "@pulumi/pulumi";
import { place, suggestion, type Document } from "./config/document";
import type { Path } from "./config/lines";
import type { Patch, Patches } from "./config/patches";
import type { Problem } from "./problem";
import { strategicMerge } from "./strategic-merge";

/** A patch that was applied to an object. */
export interface Customized {
  /** `Kind/name` as in the file. */
  key: string;
  patch: Patch;
  kind: string;
  name: string;
}

/** Patches with their origin. */
export interface PatchesOf {
  patches: Patches;
  document: Document;
  /** Path of a patch, by its `Kind/name`. */
  pathOf: (key: string) => Path;
  /** Patches that must match an object. @default all */
  required?: readonly string[];
}

/** Adds file and path to a problem of a patch. */
export const placed = (
  { document, pathOf }: PatchesOf,
  key: string,
  path: Path,
  problem: Omit<Problem, "file" | "path">,
): Problem => place(document, [...pathOf(key), ...path], problem);

/** Objects that a `Customizer` patches. */
export interface Customizable {
  /** A further name of an object: both Deployments of a project match the project's name. */
  alsoCalled?: (name: string) => string;
  /** Filter of kinds; all when left out. */
  only?: ((kind: string) => boolean) | undefined;
}

const nothing: PatchesOf = {
  patches: {},
  document: { file: "", value: undefined },
  pathOf: (key) => [key],
};

/** Applies patches to objects while they are declared, and records the objects that it saw. */
export class Customizer {
  /** Applied patches, in the order of declaration. */
  readonly done: Customized[] = [];
  private readonly problems: Problem[] = [];
  /** Objects that it saw, as `Kind/name`. */
  private readonly met = new Set<string>();

  constructor(private readonly from: PatchesOf = nothing) {}

  /** Problems, once all objects are declared that the patches could match. */
  check(): Problem[] {
    const used = new Set(this.done.map(({ key }) => key));
    const { required = Object.keys(this.from.patches) } = this.from;
    const unmatched = required.filter((key) => !used.has(key));
    const known = [...this.met].sort();
    return [
      ...this.problems,
      ...unmatched.map((key) =>
        placed(this.from, key, [], {
          given: key,
          allowed:
            known.length === 0
              ? "nothing here: no object is declared"
              : `one of: ${known.join(", ")}`,
          fix: suggestion(key, known),
        }),
      ),
    ];
  }

  /** Transformation for the options of a component or an object. */
  transformation({
    alsoCalled = (name) => name,
    only = () => true,
  }: Customizable = {}): pulumi.ResourceTransformation {
    return ({ type, props, opts }) => {
      const [plugin, , kind = ""] = type.split(":");
      const { name } = (props as { metadata?: { name?: unknown } }).metadata ?? {};
      if (plugin !== "kubernetes" || typeof name !== "string" || !only(kind)) return undefined;
      this.met.add(`${kind}/${alsoCalled(name)}`);
      const found = Object.entries(this.from.patches).filter(([key]) =>
        [name, alsoCalled(name)].some((each) => matches(key, kind, each)),
      );
      if (found.length === 0) return undefined;
      let patched: unknown = props;
      for (const [key, patch] of found) {
        this.done.push({ key, patch, kind, name });
        const next = strategicMerge(patched, patch);
        const before = imagesOf(patched);
        if (!imagesOf(next).some(([container, image]) => differs(before, container, image)))
          patched = next;
        else this.problems.push(placed(this.from, key, [], { allowed: otherImage }));
      }
      return { props: patched as typeof props, opts };
    };
  }
}

const otherImage =
  "a patch that leaves the images of the platform's containers as they are: a release decides over a project's, and a part's has a key of its own";

const differs = (
  before: readonly (readonly [string, unknown])[],
  container: string,
  image: unknown,
): boolean => before.some(([name, old]) => name === container && old !== image);

/** Images of a rendered object's containers, by their names. */
function imagesOf(object: unknown): [container: string, image: unknown][] {
  const { template, jobTemplate } = (object as { spec?: Templates }).spec ?? {};
  const { containers = [], initContainers = [] } =
    template?.spec ?? jobTemplate?.spec?.template?.spec ?? {};
  return [...containers, ...initContainers].map(({ name, image }) => [name, image]);
}

interface PodTemplate {
  spec?: { containers?: NamedImage[]; initContainers?: NamedImage[] };
}
interface NamedImage {
  name: string;
  image: unknown;
}
interface Templates {
  template?: PodTemplate;
  jobTemplate?: { spec?: { template?: PodTemplate } };
}

/** Whether `Kind/name`, with `*` for any text, matches an object. */
function matches(key: string, kind: string, name: string): boolean {
  const [wantedKind = "", wanted = ""] = key.split(/\/(.*)/s);
  const pattern = wanted.split("*").map((text) => text.replaceAll(".", "\\."));
  return wantedKind === kind && new RegExp(`^${pattern.join(".*")}$`).test(name);
}

/** Paths that a patch sets, e.g. `spec.template.spec.containers[app].image`. */
export function pathsOf(patch: unknown, path = ""): string[] {
  if (typeof patch !== "object" || patch === null) return [path];
  const { name } = patch as { name?: unknown };
  return Object.entries(patch).flatMap(([key, value]) => {
    if (Array.isArray(patch)) return pathsOf(value, `${path}[${nameOf(value) ?? key}]`);
    // It is in the path already.
    if (key === "name" && typeof name === "string" && path.endsWith(`[${name}]`)) return [];
    return pathsOf(value, path === "" ? key : `${path}.${key}`);
  });
}

const nameOf = (element: unknown): string | undefined => {
  const { name } = (element ?? {}) as { name?: unknown };
  return typeof name === "string" ? name : undefined;
};

/** Maximum number of objects in a line. */
const mostObjects = 5;

/** A line of a preview for each patch, with the paths that it sets and its objects. */
export function linesOf(done: readonly Customized[]): string[] {
  const objects = new Map<string, string[]>();
  for (const { key, patch, kind, name } of done) {
    if (pathsOf(patch).length === 0) continue;
    const title = `customized by ${key}: ${pathsOf(patch).join(", ")}`;
    objects.set(title, [...(objects.get(title) ?? []), `${kind}/${name}`]);
  }
  return [...objects].map(([title, names]) => {
    const more = names.length > mostObjects ? ` and ${names.length - mostObjects} more` : "";
    return `${title} of ${names.slice(0, mostObjects).join(", ")}${more}`;
  });
}
