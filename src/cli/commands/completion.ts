import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import { script } from "../../../components/shared/shell";
import { stacksOf } from "../../stack/stacks";
import { projectNames } from "../../projects/files";
import { checkout } from "../../../components/shared/system/checkout";

/** Options and arguments whose values come from the files of a checkout. */
const stackOptions = ["stack", "from", "to"];
const projectArguments = ["project"];

/**
 * Adds `slipway completion <shell>`, whose script calls `slipway complete` at each Tab: commands and options come from the
 * program itself, names of projects and stacks from this checkout. Call it after all commands are added.
 */
export function addCompletion(program: Command, folder = checkout): void {
  const root = tab(program, { completionCommandName: "completion" });
  // The library's bash script needs the package bash-completion, and evaluates what was typed.
  const print = root.setup.bind(root);
  root.setup = (name, executable, shell) => {
    if (shell === "bash") console.log(script("src/cli/completion.sh"));
    else print(name, executable, shell);
  };
  for (const command of root.commands.values()) {
    for (const name of stackOptions) {
      const option = command.options.get(name);
      // The `--to` of `rollback` and `archive` is not a stack.
      if (option === undefined || (name === "to" && command.value !== "promote")) continue;
      option.handler = (complete) => {
        for (const stack of stacksOf(folder)) complete(stack, `Pulumi.${stack}.yaml`);
      };
    }
    for (const name of projectArguments) {
      const argument = command.arguments.get(name);
      if (argument === undefined) continue;
      argument.handler = (complete) => {
        for (const project of projectNames(folder)) complete(project, `projects/${project}.yaml`);
      };
    }
  }
  program.commands
    .find((command) => command.name() === "completion")
    ?.description("print a script by which your shell completes commands, projects and stacks")
    .addHelpText(
      "after",
      [
        "\nExamples:",
        "  $ source <(slipway completion bash)                                   # or in ~/.bashrc",
        "  $ slipway completion zsh > ~/.zfunc/_slipway",
        "  $ slipway completion fish > ~/.config/fish/completions/slipway.fish",
      ].join("\n"),
    );
}
