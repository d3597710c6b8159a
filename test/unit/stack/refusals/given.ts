import { Override, ProjectFile } from "../../../../src/projects/project";
import type { Differences } from "../../../support/checkout";
import { realSandbox } from "../../../support/stacks";

/** The input, and every error line below the title. */
export type Refusal = [title: string, given: Differences, told: string[]];

export const projectKeys = Object.keys(ProjectFile.shape).join(", ");
export const overrideKeys = Object.keys(Override.shape).join(", ");

/** A checkout with this file of a project. */
export const project = (name: string, text: string): Differences => ({
  files: { [`projects/${name}.yaml`]: text },
});
export const web = (more: string): Differences =>
  project("Web", `name: Web\nkind: front\n${more}\n`);
export const api = (more: string): Differences =>
  project("Shop.Api", `name: Shop.Api\nkind: back\nport: 8080\n${more}\n`);

export const digest = `sha256:${"d".repeat(64)}`;
export const ingress = { controller: "external", namespace: "ingress", domain: "shop.example" };
export const sandbox = realSandbox;
