import type * as ast from "dockerfile-ast";
import { createRequire } from "node:module";

/** Names that were read already: a base image's are asked for by all that stand on it. */
const known = new Map<string, readonly string[]>();

/** Read by the rules of BuildKit: heredocs, continued lines, directives. Loaded only here, for it takes a moment. */
function parsed(text: string): ast.Dockerfile {
  const { DockerfileParser } = createRequire(__filename)("dockerfile-ast") as typeof ast;
  return DockerfileParser.parse(text);
}

/**
 * Images that a Dockerfile stands on, each once: those of `FROM`, `COPY --from` and `RUN --mount=from=`, with the defaults of its
 * `ARG`s put in, and without the stages that it makes itself.
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
 * TCP ports that the last stage of a Dockerfile names by `EXPOSE`, or a stage that it stands on; none where one is named in a way
 * that only a build can tell.
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

/** `80`, `80/tcp`; 0 for another protocol's, NaN for a range or a variable. */
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

/** Where a flag takes files from: `--from=IMAGE`, `--mount=type=bind,from=IMAGE`. */
function fromOf(flag: ast.Flag): string | undefined {
  const value = flag.getValue() ?? "";
  if (flag.getName() === "from") return value;
  return flag.getName() === "mount" ? /(?:^|,)from=([^,]+)/.exec(value)?.[1] : undefined;
}

/** A text with variables put in; what nobody has set stays as it is written. */
const filledIn = (text: string, values: ReadonlyMap<string, string>): string =>
  text.replace(
    /\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})/g,
    (whole, plain?: string, braced?: string, otherwise?: string) =>
      values.get(plain ?? braced ?? "") ?? otherwise ?? whole,
  );

/** The frontend that a Dockerfile asks for, `docker/dockerfile:1`; undefined where it asks for none. */
const frontendOf = (text: string): string | undefined =>
  /^\uFEFF?#[ \t]*syntax[ \t]*=/im.test(text)
    ? parsed(text.replace(/^\uFEFF/, ""))
        .getDirectives()
        .find((one) => one.getName().toLowerCase() === "syntax")
        ?.getValue()
    : undefined;

/**
 * A Dockerfile without the line that asks for Docker's own frontend: BuildKit has that built in, and would fetch it from a
 * registry of the internet otherwise. Another one stays, by its name.
 */
export function withoutFrontend(text: string): { text: string; foreign?: string } {
  const frontend = frontendOf(text);
  if (frontend === undefined) return { text };
  if (!/^(docker\.io\/)?docker\/dockerfile(:|@|$)/.test(frontend))
    return { text, foreign: frontend };
  // The line itself stays, so that BuildKit's errors name the right ones.
  return { text: text.replace(/^\uFEFF?#[ \t]*syntax[ \t]*=.*$/im, "#") };
}
