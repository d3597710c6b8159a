/** Commands that act on the selected stack unless they name one. */
const unnamed =
  /(?:pulumi (?:up(?: --refresh)?|config set --secret [^\s`;,]+)|slipway backup restore etcd --in-place)(?![^\s`;,)]| --)/g;

/** A text with the stack in each command of it that would act on another one: who copies it means this one. */
export const namingStack = (stack: string, text: string): string =>
  text.replace(unnamed, (command) => `${command} --stack ${stack}`);

/** The same of what is said to mend something. */
export const mendedIn =
  (stack: string) =>
  <P extends { mend?: string | undefined }>(problem: P): P =>
    problem.mend === undefined ? problem : { ...problem, mend: namingStack(stack, problem.mend) };
