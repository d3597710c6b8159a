import { accessSync, constants } from "node:fs";

/** Whether a path can be run by whoever we are. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
