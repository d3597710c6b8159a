import { Listr, ListrLogger, PRESET_TIMER, ProcessOutput } from "listr2";
import type { Progress } from "../../sandbox/progress";

/** One long step that a person waits for. */
export interface Step {
  title: string;
  /** Does the work and reports its progress; its return value is shown after the title at the end. */
  run: (progress: Progress) => Promise<string | undefined>;
}

/** Progress lines: few in a log file, all of them at a terminal. */
const quietInterval = 10_000;

/**
 * Runs steps in sequence on stderr, showing for each what it does, its progress and duration.
 * @param ending whether Ctrl-C ends everything at once; otherwise the current step ends itself, and is waited for
 */
export async function runSteps(steps: readonly Step[], ending = true): Promise<void> {
  let failure: unknown;
  const tasks = steps.map(({ title, run }) => ({
    title,
    task: async (_: unknown, task: { title?: string; output?: string }): Promise<void> => {
      try {
        const note = await run(throttled((text) => (task.output = text)));
        if (note !== undefined) task.title = `${title}: ${note}`;
      } catch (error) {
        // The caller prints the whole error once; here only the failed step.
        failure = error;
        throw new Error("see below");
      }
    },
  }));
  try {
    await list(tasks, ending).run();
  } catch (error) {
    throw failure ?? error;
  }
}

type Task = ConstructorParameters<typeof Listr>[0];

/** A live list at a terminal, plain lines in a log. */
function list(tasks: Task, registerSignalListeners: boolean): { run: () => Promise<unknown> } {
  const onStderr = new ProcessOutput(process.stderr, process.stderr);
  // A terminal that reports zero columns would get one letter per line.
  if (!process.stderr.isTTY || process.stderr.columns === 0) {
    const logger = new ListrLogger({ processOutput: onStderr });
    return new Listr(tasks, {
      registerSignalListeners,
      renderer: "simple",
      rendererOptions: { timer: PRESET_TIMER, logger },
    });
  }
  const logger = new ListrLogger({ useIcons: false, toStderr: [] });
  return new Listr(tasks, {
    registerSignalListeners,
    renderer: "default",
    rendererOptions: { timer: PRESET_TIMER, logger, showErrorMessage: false },
  });
}

function throttled(show: (text: string) => void): Progress {
  let last = Date.now();
  return (message, fraction) => {
    if (!process.stderr.isTTY && Date.now() - last < quietInterval) return;
    last = Date.now();
    show(fraction === undefined ? message : `${percent(fraction)} ${message}`);
  };
}

function percent(fraction: number): string {
  return `${Math.floor(Math.min(Math.max(fraction, 0), 1) * 100)} %`.padStart(5);
}
