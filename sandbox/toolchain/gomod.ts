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
