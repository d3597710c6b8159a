import { formatProblems, UserError, type Problem } from "../../components/shared/problem";

/** A refusal before any change, with every reason. */
export const refused = (title: string, problems: readonly Problem[]): UserError =>
  new UserError(formatProblems(title, problems), 2);

/** The same for one project. */
export const notDone = (
  project: string,
  what: "released" | "built" | "rolled back",
  problems: readonly Problem[],
): UserError => refused(`${project} is not ${what}, nothing was changed`, problems);
