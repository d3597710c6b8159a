import { createRequire } from "node:module";
import type * as library from "ssh2";

const load = createRequire(__filename);

/** The SSH library, loaded at its first use: all commands import the parts, but few log in anywhere. */
export const ssh2 = (): typeof library => load("ssh2") as typeof library;
