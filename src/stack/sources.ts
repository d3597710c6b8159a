import * as pulumi from "@pulumi/pulumi";
import { checkout } from "../../components/shared/system/checkout";
import type { EngineConfig } from "./stack-file";

/** Inputs that a stack is read from. */
export interface Sources {
  /** Directory with `projects/` and the stack files. */
  checkout: string;
  stack: string;
  engine: EngineConfig;
  env: NodeJS.ProcessEnv;
  /** The present time, for freezes and certificates. */
  now: Date;
  /** Whether this is a preview. */
  preview: boolean;
  /** The one project that the update is limited to. */
  only?: string | undefined;
}

/** The engine's config, this checkout, this environment. */
export function engineSources(only?: string): Sources {
  // Internal to the SDK, but its public functions need a known key to distinguish secrets from plain values.
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
