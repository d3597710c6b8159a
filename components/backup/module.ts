import { createRequire } from "node:module";
import { defineModule } from "../shared/module";
import { backupConfig } from "./config";
import type * as Declaring from "./declare";
import { planEtcdBackup } from "./etcd-settings";
import { readBackup } from "./settings";
import type { BackupTypes } from "./types";

const load = createRequire(__filename);

/** What is backed up, when, for how long and where. The parts that hold state declare what needs it. */
export const backup = defineModule<BackupTypes>()({
  key: "backup",
  config: backupConfig,
  last: true,
  reads: ["cluster"],
  needs: ["cluster"],

  resolve: ({ backup: config }, { stack, document, secrets, backups: sources }) => {
    const { backup: spec, problems } = readBackup({ stack, document, config, secrets, sources });
    return { value: spec && { spec }, problems };
  },

  plan: ({ spec }, _facts, { settings: { cluster }, plans, secrets, now }) => {
    if (cluster?.kind !== "hosts") return { value: {} };
    const gathered = plans.cluster?.gathered ?? new Map();
    const etcd = planEtcdBackup(spec, cluster.spec, { secrets, now, gathered });
    return { value: { etcd }, warnings: etcd?.warnings ?? [] };
  },

  declare: (args) => (load("./declare.ts") as typeof Declaring).declareBackup(args),
});
