import { App } from "../../components/app/app";
import type { AppSpec } from "../../components/app/spec";
import { record, type Recorded } from "./record";
import { appArgs } from "./specs";
import type { AppArgs } from "../../components/app/args";

/** Declares one App and returns its resources. */
export async function declareApp(
  change: Partial<AppSpec> = {},
  more: Partial<AppArgs> = {},
): Promise<Recorded[]> {
  const args = appArgs(change, more);
  const { resources } = await record("test", () => {
    new App("shop-api", args);
  });
  return resources;
}

/** Value at a path of a resource's inputs. */
export function at({ inputs }: Recorded, path: string): unknown {
  let value: unknown = inputs;
  for (const step of path.split("."))
    value = (value as Record<string, unknown> | undefined)?.[step];
  return value;
}
