import { dump } from "js-yaml";

/** Several YAML documents in one file. */
export const dumpAll = (documents: readonly object[]): string =>
  documents.map((document) => dump(document, { lineWidth: -1 })).join("---\n");
