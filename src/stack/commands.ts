/** Commands that act on the selected stack unless they name one. */
const unnamed =
  /(?:pulumi (?:up(?: --refresh)?|config set --secret [^\s`;,]+)|slipway backup restore etcd --in-place)(?![^\s`;,)]| --)/g;

/** A text with the stack in each command of it that would act on another one: who copies it means this one. */
export const namingStack = (stack: string, text: string): string =>
  text.replace(unnamed, (command) => `${command} --stack ${stack}`);

/** The same of what is said to fix something. */
export const fixedIn =
  (stack: string) =>
  <P extends { fix?: string | undefined }>(problem: P): P =>
    problem.fix === undefined ? problem : { ...problem, fix: namingStack(stack, problem.fix) };
