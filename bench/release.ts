import type { Layout } from "../sandbox/layout";
import type { Benchmark } from "./benchmark";
import { PlainDeployment } from "./plain-deployment";
import { ReleasedStack } from "./released-stack";

/** A release of one project of seven on real pods, compared with other ways to change the same pods, and with a rollback. */
export function releaseBenchmarks(layout: Layout): Benchmark[] {
  const stack = new ReleasedStack(layout, { system: "seven" });
  const large = new ReleasedStack(layout, { system: "thousand", projects: 1000 });
  const plain = new PlainDeployment(stack, layout);
  const release = (): Promise<void> => stack.release();
  return [
    {
      name: "release of a project / kubectl set image and rollout status",
      goal: 2,
      prepare: () => plain.apply(),
      ours: release,
      theirs: () => plain.setImage(),
    },
    {
      name: "release of a project / helm upgrade --wait of an equal chart",
      goal: 1,
      prepare: () => plain.install(),
      ours: release,
      theirs: () => plain.upgrade(),
    },
    {
      name: "release of a project in a stack of 1000 / in a stack of 7",
      goal: 2,
      prepare: async () => {
        await stack.start();
        await large.start();
      },
      ours: () => large.release(),
      theirs: release,
    },
    {
      name: "history of 1000 projects and 500 updates / pulumi stack history",
      goal: 2,
      prepare: async () => {
        await large.start();
        large.remember(500);
      },
      ours: () => large.slipway("history"),
      theirs: async () => {
        // The same page: 20 updates, and one more to compare the last with.
        await large.workspace.pulumi("stack", "history", "--json", "--page-size", "21");
      },
    },
    {
      name: "rollback of a project / release of a project",
      goal: 1,
      prepare: () => stack.start(),
      ours: () => stack.rollback(),
      theirs: release,
      // Otherwise the version that a rollback left could not be released again.
      reset: () => stack.lift(),
    },
  ];
}
