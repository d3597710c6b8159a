/** Keys and indices that lead to a property. */
export type PropertyPath = readonly (string | number)[];

/** Writes a path as the engine does: `spec.ports[0].name`, `metadata.labels["app.kubernetes.io/name"]`. */
export function formatPath(path: PropertyPath): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (/[."[\]]/.test(step)) return `["${step.replaceAll('"', '\\"')}"]`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");
}

/** Reads a path as written in `ignoreChanges`; `*` stands for any one step. */
export function parsePath(text: string): PropertyPath {
  const steps = text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g);
  return [...steps].map(([, quoted, index, name]) => {
    if (quoted !== undefined) return quoted.replace(/\\(.)/g, "$1");
    if (index !== undefined) return index === "*" ? "*" : Number(index);
    return name ?? "";
  });
}

/** Is `path` at or below `root`? */
export function isWithin(path: PropertyPath, root: PropertyPath): boolean {
  return (
    root.length <= path.length &&
    root.every((step, index) => step === "*" || String(step) === String(path[index]))
  );
}
