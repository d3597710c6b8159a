import { searchPath } from "../cluster/specification";

/** Options for the system's commands: the PATH of a root shell from `su` lacks /usr/sbin, which has half of them. */
export const commands = { env: { PATH: searchPath } } as const;
