import { searchPath } from "../cluster/specification";

/** Options for the system's commands: PATH of a root made by `su` leaves out /usr/sbin, where half of them are. */
export const commands = { env: { PATH: searchPath } } as const;
