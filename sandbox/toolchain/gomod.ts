/** Module path → version of every `require` in a go.mod, direct and indirect. */
export function requirements(text: string): Map<string, string> {
  const found = new Map<string, string>();
  let block = "";
  for (const line of text.split("\n")) {
    block = /^(\w+) \($/.exec(line)?.[1] ?? (line === ")" ? "" : block);
    const pattern = block === "require" ? /^\t(\S+) (v\S+)/ : /^require (\S+) (v\S+)/;
    const [, module, version] = pattern.exec(line) ?? [];
    if (module !== undefined && version !== undefined) found.set(module, version);
  }
  return found;
}

/** The tag of a module's version; for a pseudo-version, a comment beside it has the tag: `v4.0.0-2026… // v4.25.0`. */
export function tagOf(text: string, module: string): string | undefined {
  const version = requirements(text).get(module);
  if (version === undefined) return undefined;
  const comment = text.split(`${module} ${version} // `)[1] ?? "";
  return /^v\d\S*/.exec(comment)?.[0] ?? version;
}
