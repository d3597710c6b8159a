import { PluginError } from "../../rpc/errors";
import { hasUnknown, type Properties } from "../../rpc/values";
import { ApiError } from "../api-error";
import { fieldManagerOf } from "../field-managers";
import { withIgnored } from "../ignored";
import { annotation, titleOf } from "../objects";
import { expectedOutputs, manifest, previewOutputs, recorded } from "../state";
import {
  applyOptions,
  type Operation,
  referenceOf,
  type Result,
  settle,
  type Subject,
  type Tools,
} from "./tools";

/** What to update a resource to. */
export interface Update extends Operation {
  readonly id: string;
  /** Outputs as last recorded. */
  readonly state: Properties;
  readonly inputs: Properties;
  /** Paths of `ignoreChanges`. */
  readonly ignored: readonly string[];
}

/** Applies new inputs to the object of a resource and waits until it is ready again. */
export async function update(tools: Tools, subject: Subject, wanted: Update): Promise<Result> {
  const { id, state, inputs, preview, timeoutSeconds } = wanted;
  if (preview && hasUnknown(inputs)) return { id, outputs: expectedOutputs(inputs) };
  const { store } = tools.cluster;
  const former = recorded(state);
  const object = manifest(inputs);
  const live = await store.get(referenceOf(object, id));
  if (live === undefined) {
    throw new PluginError(
      `${titleOf(object)} does not exist any more. Run \`pulumi refresh\`, and the next update creates it anew.`,
    );
  }
  const fieldManager =
    annotation(object, "patchFieldManager") ?? former.fieldManager ?? fieldManagerOf(subject.urn);
  if (!preview) await store.adopt(live, fieldManager, former.fieldManager);
  const kept = withIgnored(object, wanted.ignored, live, fieldManager);
  const { name, uid } = live.metadata;
  const written = await store.apply(
    { ...kept, metadata: { ...kept.metadata, name, uid } },
    applyOptions(tools, subject, object, { fieldManager, dryRun: preview }),
  );
  if (preview) return { id, outputs: previewOutputs(written, inputs) };
  const initialApiVersion = former.initialApiVersion ?? object.apiVersion;
  const checkpoint = { inputs, initialApiVersion, fieldManager };
  return await settle(tools, subject, written, { checkpoint, timeoutSeconds });
}

/** Tries an update on the server, silently; gives the server's objection, if it has one. */
export async function rehearse(
  tools: Tools,
  subject: Subject,
  wanted: Omit<Update, "preview" | "timeoutSeconds">,
): Promise<ApiError | undefined> {
  const silent = { log: () => undefined, status: () => undefined };
  const trial = { ...wanted, preview: true, timeoutSeconds: 0 };
  try {
    await update({ ...tools, engine: silent }, subject, trial);
    return undefined;
  } catch (error) {
    return error instanceof ApiError ? error : undefined;
  }
}
