import type * as ast from "dockerfile-ast";
import { createRequire } from "node:module";

/** Dockerfiles parsed already: every image built on a base image reads that one again. */
const known = new Map<string, readonly string[]>();

/** BuildKit's own parser: heredocs, continued lines, directives. Loaded only here, because loading takes a moment. */
function parsed(text: string): ast.Dockerfile {
  const { DockerfileParser } = createRequire(__filename)("dockerfile-ast") as typeof ast;
  return DockerfileParser.parse(text);
}

/**
 * Images that a Dockerfile depends on, each once: those of `FROM`, `COPY --from` and `RUN --mount=from=`, with `ARG` defaults
 * substituted, without its own stages.
 */
export function imageNames(text: string): readonly string[] {
  const names = known.get(text) ?? readNames(text);
  known.set(text, names);
  return names;
}

function readNames(text: string): string[] {
  const dockerfile = parsed(text);
  const defaults = new Map<string, string>();
  for (const { name, value } of dockerfile.getInitialARGs().flatMap(argumentOf)) {
    if (value !== undefined) defaults.set(name, filledIn(value, defaults));
  }
  const stages = new Set<string>();
  const names = new Set<string>();
  const use = (given: string | null | undefined): void => {
    const name = filledIn(given ?? "", defaults);
    if (name === "" || /^\d+$/.test(name) || stages.has(name.toLowerCase())) return;
    names.add(name);
  };
  for (const instruction of dockerfile.getInstructions()) {
    if (isFrom(instruction)) {
      use(instruction.getImage());
      const stage = instruction.getBuildStage();
      if (stage !== null) stages.add(stage.toLowerCase());
    } else if ("getFlags" in instruction) {
      for (const flag of (instruction as ast.JSONInstruction).getFlags()) use(fromOf(flag));
    }
  }
  return [...names];
}

/**
 * TCP ports that the last stage of a Dockerfile, or a stage it is based on, names by `EXPOSE`; none if one of them is known only
 * during a build.
 */
export function exposedPorts(text: string): number[] {
  if (!/^\s*EXPOSE\s/im.test(text)) return [];
  const stages = new Map<string, number[]>();
  let ports: number[] = [];
  for (const instruction of parsed(text).getInstructions()) {
    if (isFrom(instruction)) {
      ports = [...(stages.get((instruction.getImage() ?? "").toLowerCase()) ?? [])];
      stages.set((instruction.getBuildStage() ?? "").toLowerCase(), ports);
    } else if (instruction.getKeyword() === "EXPOSE") {
      ports.push(...instruction.getArguments().map((each) => portIn(each.getValue())));
    }
  }
  return ports.some(Number.isNaN) ? [] : ports.filter((port) => port > 0);
}

/** `80`, `80/tcp`; 0 for another protocol, NaN for a range or a variable. */
function portIn(given: string): number {
  const [, port, protocol = "tcp"] = /^(\d+)(?:\/(\w+))?$/.exec(given) ?? [];
  return protocol.toLowerCase() === "tcp" ? Number(port) : 0;
}

const isFrom = (instruction: ast.Instruction): instruction is ast.From =>
  instruction.getKeyword() === "FROM";

const argumentOf = (arg: ast.Arg): { name: string; value: string | undefined }[] => {
  const property = arg.getProperty();
  return property === null
    ? []
    : [{ name: property.getName(), value: property.getValue() ?? undefined }];
};

/** The source of a flag's files: `--from=IMAGE`, `--mount=type=bind,from=IMAGE`. */
function fromOf(flag: ast.Flag): string | undefined {
  const value = flag.getValue() ?? "";
  if (flag.getName() === "from") return value;
  return flag.getName() === "mount" ? /(?:^|,)from=([^,]+)/.exec(value)?.[1] : undefined;
}

/** A text with variables substituted; unset variables stay as written. */
const filledIn = (text: string, values: ReadonlyMap<string, string>): string =>
  text.replace(
    /\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})/g,
    (whole, plain?: string, braced?: string, otherwise?: string) =>
      values.get(plain ?? braced ?? "") ?? otherwise ?? whole,
  );

/** The frontend that a Dockerfile requests, `docker/dockerfile:1`; undefined if it requests none. */
const frontendOf = (text: string): string | undefined =>
  /^\uFEFF?#[ \t]*syntax[ \t]*=/im.test(text)
    ? parsed(text.replace(/^\uFEFF/, ""))
        .getDirectives()
        .find((one) => one.getName().toLowerCase() === "syntax")
        ?.getValue()
    : undefined;

/**
 * A Dockerfile without the line that requests Docker's own frontend: BuildKit has it built in, and would otherwise fetch it from
 * a registry on the internet. Any other frontend stays.
 */
export function withoutFrontend(text: string): { text: string; foreign?: string } {
  const frontend = frontendOf(text);
  if (frontend === undefined) return { text };
  if (!/^(docker\.io\/)?docker\/dockerfile(:|@|$)/.test(frontend))
    return { text, foreign: frontend };
  // The line stays as an empty one, so that BuildKit's errors have the right line numbers.
  return { text: text.replace(/^\uFEFF?#[ \t]*syntax[ \t]*=.*$/im, "#") };
}
