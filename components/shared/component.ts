import * as pulumi from "@pulumi/pulumi";
import { conduct } from "./conduct";
import { formatProblems, type Problem } from "./problem";

/** Base of every component: its type token, options of its children, and refusals. */
export abstract class PlatformComponent extends pulumi.ComponentResource {
  /** Options of every child. */
  protected readonly child: pulumi.CustomResourceOptions = { parent: this };

  /** Registers no args with the engine, which would store them in the state, even a secret in plain text. */
  protected constructor(
    private readonly kind: string,
    private readonly title: string,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(
      `slipway:index:${kind}`,
      title,
      {},
      pulumi.mergeOptions(opts, { transformations: [conduct] }),
    );
  }

  /** Throws one error with every problem; called before the first child. */
  protected refuse(problems: readonly Problem[]): void {
    if (problems.length === 0) return;
    throw new pulumi.RunError(
      formatProblems(`${this.kind} "${this.title}" is not valid`, problems),
    );
  }
}
