import { createRequire } from "node:module";
import { defineModule } from "../shared/module";
import { namespaceConfig } from "./config";
import type * as Declaring from "./declare";
import type { NamespaceTypes } from "./types";

const load = createRequire(__filename);

/** A namespace for each system in each environment, with a quota, limits and a closed network. */
export const namespace = defineModule<NamespaceTypes>()({
  key: "namespace",
  config: namespaceConfig,
  needs: ["cluster", "registry"],
  resolve: ({ system, quota, storage }) =>
    system === undefined || quota === undefined || storage === undefined
      ? {}
      : { value: { system, quota, storage } },
  declare: (args) => (load("./declare.ts") as typeof Declaring).declareNamespace(args),
});
