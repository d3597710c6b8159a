const [gone, changed] = ["the cluster has none", "somebody has changed it since"];
const again = "pulumi up --refresh";

/** What is said of an object that a stack's state has and its cluster has not; `slipway release` knows it by these words. */
export const goneText = (stack: string): string => `${gone}; ${again} --stack ${stack} makes it`;

/** What makes a namespace anew that somebody has deleted, and all that was in it: no update of one project does. */
export const wholeAgain = (stack: string): string => `${again} --stack ${stack}`;

/** The end of what is said of one that is not as the state has it. */
const changedText = (stack: string): string =>
  `${changed}; ${again} --stack ${stack} puts it right`;

/** Whether an error tells of such an object, by our words or the plugin's: an update that looks at the cluster first helps. */
export const tellsOfDrift = (message: string): boolean =>
  [gone, changed].some((words) => message.includes(`${words}; ${again}`)) ||
  /unable to get cluster state: \S+ "[^"]+" not found/.test(message);

/** What of an object's metadata tells that somebody has told the API server to delete it. */
export interface Ending {
  deletionTimestamp?: Date | string;
  /** What still keeps it there. */
  finalizers?: readonly string[];
}

/** What is said of an object that is being deleted, and what makes it `then`; undefined of all others. */
export function dyingText(
  { deletionTimestamp, finalizers = [] }: Ending,
  then = "the same again",
): string | undefined {
  if (deletionTimestamp === undefined) return undefined;
  const since = new Date(deletionTimestamp).toISOString();
  const keeps =
    finalizers.length === 0 ? "" : `; its finalizers still keep it (${finalizers.join(", ")})`;
  return `it is being deleted since ${since}, which cannot be taken back${keeps}; when it has gone, ${then} makes it anew`;
}

const digestOf = (image: string): string => /sha256:[0-9a-f]{64}/.exec(image)?.[0] ?? image;

/** What of a workload is compared, declared and live. */
export interface Compared {
  image?: string | undefined;
  /** Absent where an autoscaler has the number. */
  replicas?: number | undefined;
}

/** What is said of a workload that runs another image than it declares, by digest for a mirror may be put in, or fewer pods. */
export function driftText(stack: string, declared: Compared, live: Compared): string | undefined {
  const [wanted, runs] = [declared, live].map(({ image }) => image && digestOf(image));
  if (wanted !== undefined && runs !== undefined && wanted !== runs)
    return `it runs ${runs}, declared is ${wanted}: ${changedText(stack)}`;
  const [pods, of] = [live.replicas, declared.replicas];
  if (pods === undefined || of === undefined || pods >= of) return undefined;
  return `it is to have ${pods} pods, declared are ${of}: ${changedText(stack)}`;
}
