/** Commands that act on the selected stack unless they name one. */
const unnamed =
  /(?:pulumi (?:up(?: --refresh)?|config set --secret [^\s`;,]+)|slipway backup restore etcd --in-place)(?![^\s`;,)]| --)/g;

/** Adds `--stack` to the commands in a text, so that a copied command acts on this stack. */
export const namingStack = (stack: string, text: string): string =>
  text.replace(unnamed, (command) => `${command} --stack ${stack}`);

/** The same for the fix of a problem. */
export const fixedIn =
  (stack: string) =>
  <P extends { fix?: string | undefined }>(problem: P): P =>
    problem.fix === undefined ? problem : { ...problem, fix: namingStack(stack, problem.fix) };
