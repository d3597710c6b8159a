import { createRequire } from "node:module";
import type * as library from "ssh2";

const load = createRequire(__filename);

/** The SSH library, loaded when it is first needed: every command knows the parts, and few of them log in anywhere. */
export const ssh2 = (): typeof library => load("ssh2") as typeof library;
