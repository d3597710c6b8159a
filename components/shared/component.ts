import * as pulumi from "@pulumi/pulumi";
import { conduct } from "./conduct";
import { formatProblems, type Problem } from "./problem";

/** Base of every component: one type token, one way to parent children, to treat their objects, and to refuse. */
export abstract class PlatformComponent extends pulumi.ComponentResource {
  /** Options of every child. */
  protected readonly child: pulumi.CustomResourceOptions = { parent: this };

  /** Registers no args with the engine: it would store them, a plain-text mistake included, in the state. */
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

  /** Throws one error that tells every problem; called before the first child. */
  protected refuse(problems: readonly Problem[]): void {
    if (problems.length === 0) return;
    throw new pulumi.RunError(
      formatProblems(`${this.kind} "${this.title}" is not valid`, problems),
    );
  }
}
