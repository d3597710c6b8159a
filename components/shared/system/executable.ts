import { accessSync, constants } from "node:fs";

/** Whether the present user may execute a path. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
