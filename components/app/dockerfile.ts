/** Name of the stage that holds a project's configuration; a Dockerfile takes it with `COPY --from=config`. */
const stage = "config";

/**
 * Puts the project's files of the `config` repository into its Dockerfile, as a stage named `config` before the first
 * FROM. So an image depends on its own configuration and on no other project's, a preview shows a change of it line by
 * line, and the Dockerfile also builds by hand: `docker buildx build --build-context config=<directory> …`.
 */
export function withConfig(dockerfile: string, files: Readonly<Record<string, string>>): string {
  const copies = Object.entries(files).map(([name, text]) => heredoc(name, text));
  const lines = dockerfile.split("\n");
  const first = lines.findIndex((line) => /^\s*FROM\s/i.test(line));
  const stageLines = [`FROM scratch AS ${stage}`, ...copies, ""];
  return [...lines.slice(0, first), ...stageLines, ...lines.slice(first)].join("\n");
}

/** A COPY of a text; the mark that ends it is one that no line of the text is. */
function heredoc(name: string, text: string): string {
  const lines = text.replace(/\n$/, "").split("\n");
  let mark = "EOF";
  while (lines.includes(mark)) mark += "_";
  return [`COPY <<"${mark}" /${name}`, ...lines, mark].join("\n");
}
