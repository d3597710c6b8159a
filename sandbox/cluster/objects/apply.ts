import { readFileSync } from "node:fs";
import { ApiClient, type ApiAccess } from "../api";
import type { KubernetesObject } from "./object";

/** Applies objects in their order: `apply.ts <access as JSON> <file with a JSON list of objects>`. */
async function main([access = "", file = ""]: readonly string[]): Promise<void> {
  const api = new ApiClient(JSON.parse(access) as ApiAccess);
  for (const object of JSON.parse(readFileSync(file, "utf8")) as KubernetesObject[]) {
    await api.apply(object);
    console.log(`applied ${object.kind} ${object.metadata.name}`);
  }
  api.close();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
