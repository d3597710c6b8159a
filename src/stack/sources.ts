import * as pulumi from "@pulumi/pulumi";
import { checkout } from "../../components/shared/system/checkout";
import type { EngineConfig } from "./stack-file";

/** What a stack is read from. */
export interface Sources {
  /** Directory with `projects/` and the stack files. */
  checkout: string;
  stack: string;
  engine: EngineConfig;
  env: NodeJS.ProcessEnv;
  /** The moment that freezes and certificates are looked at. */
  now: Date;
  /** Only shows what would be done. */
  preview: boolean;
  /** The one project that the update is limited to. */
  only?: string | undefined;
}

/** The engine's config, this checkout, this environment. */
export function engineSources(only?: string): Sources {
  // Internal to the SDK, but all else tells a secret from a plain value only by asking for a key one knows of.
  const { isConfigSecret } = pulumi.runtime as unknown as {
    isConfigSecret: EngineConfig["isSecret"];
  };
  return {
    checkout,
    stack: pulumi.getStack(),
    engine: { values: pulumi.runtime.allConfig(), isSecret: isConfigSecret },
    env: process.env,
    now: new Date(),
    preview: pulumi.runtime.isDryRun(),
    only,
  };
}
