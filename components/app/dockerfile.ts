import { createHash } from "node:crypto";

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

/** The mark that ends the text is drawn from the text, so no line of it can be the mark. */
function heredoc(name: string, text: string): string {
  const mark = `END_${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
  return [`COPY <<"${mark}" /${name}`, text.replace(/\n$/, ""), mark].join("\n");
}
