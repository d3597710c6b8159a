import {
  CheckFailure,
  CheckResponse,
  DiffResponse,
  PropertyDiff,
} from "@pulumi/pulumi/proto/provider_pb";
import type { PropertyChange } from "./diff";
import { formatPath } from "./paths";
import { encode, type Properties } from "./values";

/** A problem of one property, for the engine to report. */
export interface InputFailure {
  /** Path of the property; empty for the resource as a whole. */
  readonly property: string;
  readonly reason: string;
}

/** A change, and whether it requires replacement. */
export interface JudgedChange extends PropertyChange {
  readonly replaces: boolean;
}

/** The answer to Check. */
export function checkResponse(
  inputs: Properties,
  failures: readonly InputFailure[],
): CheckResponse {
  const list = failures.map(({ property, reason }) =>
    new CheckFailure().setProperty(property).setReason(reason),
  );
  return new CheckResponse().setInputs(encode(inputs)).setFailuresList(list);
}

/** The answer to Diff, change by change. */
export function diffResponse(changes: readonly JudgedChange[]): DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = DiffResponse.DiffChanges;
  const response = new DiffResponse()
    .setChanges(changes.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setHasdetaileddiff(true)
    .setReplacesList(
      changes.filter(({ replaces }) => replaces).map(({ path }) => formatPath(path)),
    );
  for (const { path, kind, replaces } of changes) {
    const diff = new PropertyDiff().setKind(diffKinds[kind][replaces ? 1 : 0]).setInputdiff(true);
    response.getDetaileddiffMap().set(formatPath(path), diff);
  }
  return response;
}

const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = PropertyDiff.Kind;
const diffKinds = {
  add: [ADD, ADD_REPLACE],
  delete: [DELETE, DELETE_REPLACE],
  update: [UPDATE, UPDATE_REPLACE],
} as const;
