import * as pulumi from "@pulumi/pulumi";
import type { ClusterContract, RolloutContract } from "../../components/shared/contracts";
import { Customizer, linesOf, type PatchesOf } from "../../components/shared/customize";
import type {
  BackupSource,
  DeclareContext,
  Declared,
  Link,
  Module,
  ModuleTypes,
  StackContext,
} from "../../components/shared/module";
import { formatProblems, type Problem } from "../../components/shared/problem";
import { modules } from "../modules";
import { fixedIn, namingStack } from "./commands";
import type { StackConfig, Together } from "./config";
import { inOrder } from "./order";
import type { Sources } from "./sources";
import { readStackFile } from "./stack-file";

type Part = (typeof modules)[number];
type TypesOf<Key extends Part["key"]> = NonNullable<Extract<Part, { key: Key }>["types"]>;
type Of<Name extends keyof ModuleTypes> = {
  [Key in Part["key"]]: Name extends keyof TypesOf<Key> ? TypesOf<Key>[Name] : undefined;
};

/** Resolved settings of each part. */
export type PartSettings = Of<"settings">;
/** Facts of machines and servers; absent where none were gathered. */
export type PartFacts = Partial<Of<"facts">>;
/** Plans of the parts. */
export type PartPlans = Partial<Of<"plan">>;
/** Present objects of the parts in the cluster, before they are declared. */
export type PartLive = Partial<Of<"live">>;

/** Outputs of a stack: `pulumi stack output`. */
export type Outputs = OutputsOf<Part["key"]> & {
  /** Pages for people, by part. */
  links: readonly PartLink[];
  /** One sentence for each thing that is not the real one. */
  simulated: readonly string[];
};

/** A page of one part. */
export type PartLink = Link & { readonly part: string };

type OutputsOf<Key extends Part["key"]> = Together<
  Key extends unknown
    ? "outputs" extends keyof TypesOf<Key>
      ? TypesOf<Key>["outputs"]
      : never
    : never
>;

/** A stack with valid settings. Plain values; of secrets it has the names. */
export interface Settings extends PartSettings {
  stack: string;
  context: StackContext;
  /** The stack's file. */
  config: StackConfig;
  /** Warnings of settings that are valid now and may become invalid, a text each. */
  warnings: readonly string[];
  /** One sentence for each thing that is not the real one. */
  simulated: readonly string[];
}

/** A stack with the plans of its parts. */
export interface Planned extends Settings {
  plans: PartPlans;
  /** Lines that a preview prints. */
  lines: readonly string[];
}

/** Any part; `src/modules.ts` checks by types that parts fit together. */
type AnyModule = Module<string, Record<string, never>>;
type Values = Record<string, object | undefined>;

const listed = (list: readonly unknown[]): AnyModule[] => list as AnyModule[];

/**
 * Reads a stack and every part of it; throws one `RunError` with every problem. It contacts no server and no machine.
 * @param list the parts; another one in tests
 */
export function resolveStack(sources: Sources, list: readonly unknown[] = modules): Settings {
  const { checkout, stack, engine, env, now, preview, only } = sources;
  const file = readStackFile(checkout, stack, engine, listed(list));
  const { document, config, secrets } = file;
  const context: StackContext = { checkout, stack, document, secrets, env, now, preview, only };
  const problems: Problem[] = [...file.problems];
  const warnings = [...file.warnings];
  const simulated: string[] = [];
  const settings: Values = {};
  const backups: BackupSource[] = [];
  const parts = listed(list);
  const early = parts.filter(({ last }) => last !== true);
  const all = [...inOrder(early, readsOf), ...parts.filter(({ last }) => last === true)];
  for (const part of all) {
    const result = part.resolve(config as never, { ...context, settings, config, backups });
    problems.push(...(result.problems ?? []));
    warnings.push(...(result.warnings ?? []));
    simulated.push(...(result.simulated ?? []));
    if (result.value === undefined) continue;
    settings[part.key] = result.value;
    backups.push(...(part.backups?.(result.value) ?? []));
  }
  refuse(stack, problems);
  return {
    ...(settings as unknown as PartSettings),
    stack,
    context,
    config: config as StackConfig,
    warnings: warnings.map((warning) => namingStack(stack, warning)),
    simulated,
  };
}

const readsOf = ({ reads = [] }: AnyModule): readonly string[] => reads;

/** Gathers the parts' facts of machines and servers, in parallel. */
export async function inspectStack(
  settings: Settings,
  list: readonly unknown[] = modules,
): Promise<PartFacts> {
  const found = await Promise.all(
    listed(list).map(async (part) => {
      const own = (settings as unknown as Values)[part.key];
      const facts = own === undefined ? undefined : await part.inspect?.(own, settings.context);
      return [part.key, facts] as const;
    }),
  );
  return Object.fromEntries(found);
}

/** Plans every part; throws one `RunError` with all refusals of guards. */
export function planStack(
  settings: Settings,
  facts: PartFacts = {},
  list: readonly unknown[] = modules,
): Planned {
  const { stack, context } = settings;
  const own = settings as unknown as Values;
  const plans: Values = {};
  const problems: Problem[] = [];
  const warnings = [...settings.warnings];
  const simulated = [...settings.simulated];
  const lines: string[] = [];
  for (const part of inOrder(listed(list), readsOf)) {
    const value = own[part.key];
    if (value === undefined || part.plan === undefined) continue;
    const result = part.plan(value, (facts as Record<string, unknown>)[part.key], {
      ...context,
      settings: own,
      plans,
    });
    if (result.value !== undefined) plans[part.key] = result.value;
    problems.push(...(result.problems ?? []));
    warnings.push(...(result.warnings ?? []).map((warning) => namingStack(stack, warning)));
    simulated.push(...(result.simulated ?? []));
    lines.push(...(result.lines ?? []));
  }
  refuse(stack, problems);
  return { ...settings, plans, lines, warnings, simulated };
}

/** How an update declares its resources. */
export interface DeclareOptions {
  rollouts: RolloutContract;
  /** The same for workloads that belong to no project. @default `rollouts` */
  platformRollouts?: RolloutContract;
  transformations?: pulumi.ResourceTransformation[];
  pass?: () => void;
  /** Called with the kubeconfig of a cluster that this stack creates. */
  made?: (kubeconfig: pulumi.Output<string>) => void;
  live?: PartLive;
}

/** Declares a stack, its parts in the order of their `needs`. The engine deletes what is no longer declared. */
export async function declareStack(
  planned: Planned,
  manner: DeclareOptions,
  list: readonly unknown[] = modules,
): Promise<Outputs> {
  const { rollouts, platformRollouts = rollouts, transformations = [], live = {} } = manner;
  const context: DeclareContext = {
    ...planned.context,
    rollouts,
    platformRollouts,
    transformations,
    made: manner.made ?? (() => undefined),
    pass: manner.pass ?? (() => undefined),
  };
  const own = planned as unknown as Values;
  const contracts: Values = {};
  let outputs: Values = {};
  const customizers: Customizer[] = [];
  const links: PartLink[] = [];
  for (const part of inOrder(listed(list), ({ needs = [] }) => needs)) {
    const settings = own[part.key];
    if (settings === undefined) continue;
    const customizer = new Customizer(patchesOfPart(part.key, planned));
    const args = {
      settings,
      plan: (planned.plans as Values)[part.key],
      live: (live as Values)[part.key],
      needs: customizing(contracts, customizer.transformation({ only: part.customizable })),
      context,
    };
    const declared: Declared<ModuleTypes> =
      part.declare === undefined ? { contract: settings } : await part.declare(args);
    contracts[part.key] = declared.contract;
    customizers.push(customizer, ...(declared.customizers ?? []));
    outputs = { ...outputs, ...declared.outputs };
    links.push(...(part.links?.(settings) ?? []).map((link) => ({ part: part.key, ...link })));
  }
  checkCustomized(planned, customizers);
  return { ...outputs, links, simulated: planned.simulated } as unknown as Outputs;
}

/** Patches of the objects of all parts. */
export function patchesOf(
  planned: Planned,
  list: readonly unknown[] = modules,
): readonly PatchesOf[] {
  const own = planned as unknown as Values;
  return listed(list).flatMap((part) => {
    const settings = own[part.key];
    const more = settings === undefined ? [] : (part.patches?.(settings, planned.context) ?? []);
    return [patchesOfPart(part.key, planned), ...more];
  });
}

/** The stack's patches of one part's objects. */
const patchesOfPart = (part: string, { config, context }: Planned): PatchesOf => ({
  patches: config.customize?.[part] ?? {},
  document: context.document,
  pathOf: (key) => ["customize", part, key],
});

/** The same contracts, with the patches before the other transformations of objects in the cluster. */
function customizing(contracts: Values, patching: pulumi.ResourceTransformation): Values {
  const { cluster } = contracts as { cluster?: ClusterContract };
  if (cluster === undefined) return contracts;
  const options = pulumi.mergeOptions({ transformations: [patching] }, cluster.options);
  return { ...contracts, cluster: { ...cluster, options } };
}

/** Shows what was patched, and refuses patches that mean no object. */
function checkCustomized({ stack, context }: Planned, customizers: readonly Customizer[]): void {
  const { preview } = context;
  // An update has begun by now; the preview before it has said the same.
  const title = preview ? refusal(stack) : `Stack ${stack} is refused, patches were left out`;
  refuse(
    stack,
    customizers.flatMap((each) => each.check()),
    title,
  );
  if (!preview) return;
  for (const line of linesOf(customizers.flatMap((each) => each.done))) void pulumi.log.info(line);
}

const refusal = (stack: string): string => `Stack ${stack} is refused, nothing was changed`;

/** Throws one error with every problem, in the order of files and lines. */
export function refuse(stack: string, problems: readonly Problem[], title = refusal(stack)): void {
  if (problems.length === 0) return;
  const position = ({ file = "" }: Problem): [string, number] => {
    const [name = "", line = "0"] = file.split(/:(?=\d+$)/);
    return [name, Number(line)];
  };
  const sorted = [...problems].sort((a, b) => {
    const [[fileA, lineA], [fileB, lineB]] = [position(a), position(b)];
    return fileA === fileB ? lineA - lineB : fileA < fileB ? -1 : 1;
  });
  throw new pulumi.RunError(formatProblems(title, sorted.map(fixedIn(stack))));
}
