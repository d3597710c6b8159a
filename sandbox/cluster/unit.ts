import { z } from "zod";

/** How to find out that a process does its work. */
export const Probe = z.discriminatedUnion("kind", [
  /** Answers 2xx over TLS to the given client; `ca`, `cert` and `key` are paths of PEM files. */
  z.strictObject({
    kind: z.literal("https"),
    url: z.string(),
    ca: z.string(),
    cert: z.string().optional(),
    key: z.string().optional(),
  }),
  /** Answers 2xx over plain HTTP. */
  z.strictObject({ kind: z.literal("http"), url: z.string() }),
  /** Accepts a TCP connection. */
  z.strictObject({ kind: z.literal("tcp"), host: z.string(), port: z.int() }),
  /** Accepts a connection on a Unix socket. */
  z.strictObject({ kind: z.literal("unix"), path: z.string() }),
  /** The file exists. */
  z.strictObject({ kind: z.literal("file"), path: z.string() }),
  /** The command ends with 0. */
  z.strictObject({ kind: z.literal("exec"), command: z.array(z.string()).min(1) }),
]);
export type Probe = z.infer<typeof Probe>;

/** One process of the sandbox, as the supervisor runs it. */
export const Unit = z.strictObject({
  /** Also names its log, `<state>/log/<name>.log`. */
  name: z.string(),
  /** Absolute path of the program, then its arguments. Never a secret: everybody may read them. */
  command: z.array(z.string()).min(1),
  /** Added to the small environment that every unit gets (PATH, HOME, TMPDIR). */
  env: z.record(z.string(), z.string()).optional(),
  /** Units that must be ready, or done, before this one starts. */
  after: z.array(z.string()),
  /** A task is ready once it has ended with 0; it runs once for each start of the supervisor. */
  task: z.boolean().optional(),
  /** Without a probe it is ready after it has run for a moment. */
  ready: Probe.optional(),
  /** Runs to its end before SIGTERM is sent. */
  beforeStop: z.array(z.string()).min(1).optional(),
  /** Seconds between SIGTERM and SIGKILL; 5 unless given. */
  stopSeconds: z.number().optional(),
});
export type Unit = z.infer<typeof Unit>;

/** A file that a unit reads: rendered before the supervisor starts, never a secret. */
export interface ConfigFile {
  /** Absolute path, below the sandbox's state directory. */
  path: string;
  text: string;
}

/** A unit with its configuration files; each file in `units/` renders one. */
export interface RenderedUnit extends Unit {
  files?: ConfigFile[];
}
