import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../../components/shared/problem";
import { projectFiles } from "./files";
import { suggestion, place, type Document } from "../../components/shared/config/document";
import { readProjectFile, type ProjectFile } from "./project";
import { plainSecrets } from "../../components/shared/config/plain-secrets";

/** A project's valid file. */
export interface CatalogueEntry {
  document: Document;
  file: ProjectFile;
}

/** The projects of a checkout, and the problems of their files. */
export interface Catalogue {
  entries: CatalogueEntry[];
  /** Names of all files, the refused ones too, so that those are not reported as unknown. */
  names: string[];
  problems: Problem[];
}

const extension = ".yaml";

/** Reads every `projects/*.yaml`; `environments` are the stacks that a file may name. */
export function readCatalogue(checkout: string, environments: readonly string[]): Catalogue {
  const directory = join(checkout, "projects");
  const catalogue: Catalogue = { entries: [], names: [], problems: [] };
  for (const name of projectFiles(checkout)) {
    if (name.endsWith(".yml")) {
      catalogue.problems.push({
        file: `projects/${name}`,
        allowed: "files that end in .yaml",
        fix: `rename it to ${name.slice(0, -".yml".length)}${extension}`,
      });
    }
    if (!name.endsWith(extension)) continue;
    catalogue.names.push(name.slice(0, -extension.length));
    const where = `projects/${name}`;
    let text: string;
    try {
      text = readFileSync(join(directory, name), "utf8");
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      const fix = code === "ENOENT" ? "it is a link that leads nowhere: remove it" : code;
      catalogue.problems.push({ file: where, allowed: "a file that can be read", fix });
      continue;
    }
    const { problems, ...entry } = readProjectFile(where, text);
    catalogue.problems.push(...problems);
    if (entry.file === undefined) continue;
    catalogue.problems.push(
      ...entryProblems(entry, name.slice(0, -extension.length), environments),
    );
    catalogue.entries.push(entry);
  }
  return catalogue;
}

function entryProblems(
  { document, file }: CatalogueEntry,
  fileName: string,
  environments: readonly string[],
): Problem[] {
  const problems: Problem[] = [];
  if (file.name !== fileName) {
    problems.push(
      place(document, ["name"], {
        given: file.name,
        allowed: `${fileName}, as the file is called`,
        fix: `change the name, or rename the file to projects/${file.name}${extension}`,
      }),
    );
  }
  problems.push(...plainSecrets(document, ["env"], file.env));
  for (const [environment, { env }] of Object.entries(file.environments ?? {})) {
    problems.push(...plainSecrets(document, ["environments", environment, "env"], env));
    if (environments.includes(environment)) continue;
    problems.push(
      place(document, ["environments", environment], {
        given: environment,
        allowed: `a stack of this checkout: ${environments.join(", ")}`,
        fix: suggestion(environment, environments),
      }),
    );
  }
  return problems;
}
