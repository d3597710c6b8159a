import type { PatchesOf } from "../../components/shared/customize";
import type { Project } from "./images";
import type { ProjectFile } from "./project";

/** Patches of a project's objects: of the version of its file, and of the one that serves while another one is being rolled out. */
export function patchesOf({ spec, live, document }: Project, stack: string): PatchesOf[] {
  const file = document.value as ProjectFile;
  const here = file.environments?.[stack]?.customize ?? {};
  const pathOf = (key: string) =>
    Object.hasOwn(here, key) ? ["environments", stack, "customize", key] : ["customize", key];
  // A stack's defaults need not match an object in each of its projects.
  const required = Object.keys({ ...file.customize, ...here });
  const own = { patches: spec.customize ?? {}, document, pathOf, required };
  if (live === undefined) return [own];
  return [own, { patches: live.spec.customize ?? {}, document, pathOf, required: [] }];
}
