import {
  isMap,
  isScalar,
  isSeq,
  parse,
  parseDocument,
  Scalar,
  visit,
  YAMLMap,
  type Document,
  type Node,
  type Pair,
} from "yaml";
import { isDeepStrictEqual } from "node:util";
import { escapeUnprintable, unprintable } from "../../components/shared/unprintable";
import type { Data } from "./written";

const releasesPath = ["config", "slipway:releases"] as const;
const indentStep = 2;
/** Long lines are not folded: a diff shows one value on one line. */
const format = { lineWidth: 0 } as const;

/**
 * Edits one project below `slipway:releases`; undefined removes it. Text outside the project's record stays byte by byte, and
 * comments inside it stay with their keys. If a record is not written in lines of its own (a mapping in braces, an empty file),
 * the whole document is written anew, with its comments.
 */
export function editReleases(
  text: string,
  project: string,
  record: Record<string, Data> | undefined,
): string {
  const document = parseDocument(text);
  const config = blockPair(document.contents, releasesPath[0]);
  const releases = config && blockPair(config.value, releasesPath[1]);
  const existing = releases && pairOf(releases.value, project);
  const lines = new Lines(text);
  if (record === undefined) {
    if (!document.hasIn([...releasesPath, project])) return text;
    if (existing === undefined || !isBlock(releases?.value)) {
      return rewrite(document, (doc) => doc.deleteIn([...releasesPath, project]));
    }
    const rest = lines.replace(lines.blockOf(existing, true), "");
    if (releases.value.items.length > 1) return rest;
    // A key without a value would no longer be a mapping.
    const colon = rest.indexOf(":", (releases.key as Node).range?.[1]);
    return `${rest.slice(0, colon + 1)} {}${rest.slice(colon + 1)}`;
  }
  if (existing !== undefined && isDeepStrictEqual(toData(existing, document), record)) return text;
  if (existing !== undefined && isBlock(existing.value)) {
    const range = lines.blockOf(existing, false);
    return lines.replace(range, edited(lines.slice(range), record));
  }
  if (existing === undefined && releases !== undefined && isBlock(releases.value)) {
    const [first] = releases.value.items;
    const indent = first === undefined ? 0 : lines.column(first);
    return lines.append(releases, block({ [project]: record }, indent));
  }
  if (releases === undefined && config !== undefined && isBlock(config.value)) {
    const [first] = config.value.items;
    const indent = first === undefined ? indentStep : lines.column(first);
    return lines.append(config, block({ [releasesPath[1]]: { [project]: record } }, indent));
  }
  return rewrite(document, (doc) => {
    if (document.contents === null || !isMap(document.contents)) {
      doc.contents = doc.createNode({});
    }
    for (const path of [[releasesPath[0]], releasesPath]) {
      const map = doc.getIn(path);
      if (isMap(map)) map.flow = false;
      else doc.setIn(path, new YAMLMap());
    }
    doc.setIn([...releasesPath, project], nodeOf(doc, record));
  });
}

type AnyPair = Pair;

/** The pair with that key in a mapping. */
const pairOf = (map: unknown, key: string): AnyPair | undefined =>
  isMap(map) ? map.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;

/** The same, if the mapping is in block style. */
const blockPair = (map: unknown, key: string): AnyPair | undefined =>
  isBlock(map) ? pairOf(map, key) : undefined;

const isBlock = (node: unknown): node is YAMLMap =>
  isMap(node) && node.flow !== true && node.items.length > 0;

const toData = ({ value }: AnyPair, document: Document): unknown =>
  isMap(value) ? value.toJS(document) : value;

/** Lines of a text, each with its line end. */
class Lines {
  private readonly lines: string[];
  private readonly end: string;

  constructor(text: string) {
    this.lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
    this.end = text.includes("\r\n") ? "\r\n" : "\n";
  }

  /** Column at which a pair's key begins. */
  column(pair: AnyPair): number {
    return this.place(pair).column;
  }

  /** Lines of a pair: from its key's line or the next one to the last that is indented deeper than the key. */
  blockOf(pair: AnyPair, withKey: boolean): [number, number] {
    const { line, column } = this.place(pair);
    let end = line + 1;
    for (let at = end; at < this.lines.length; at++) {
      const deeper = indentOf(this.lines[at]) > column;
      if (deeper && !isBlank(this.lines[at])) end = at + 1;
      if (!deeper && !isBlank(this.lines[at]) && !isComment(this.lines[at])) break;
    }
    return [withKey ? line : line + 1, end];
  }

  slice([from, to]: readonly [number, number]): string {
    return this.lines.slice(from, to).join("").replaceAll("\r\n", "\n");
  }

  replace([from, to]: readonly [number, number], text: string): string {
    const before = this.lines.slice(0, from).join("");
    const gap = before === "" || before.endsWith("\n") || text === "" ? "" : this.end;
    const ended = text.replaceAll("\n", this.end);
    return `${before}${gap}${ended}${this.lines.slice(to).join("")}`;
  }

  /** Adds text after the last line of a pair. */
  append(pair: AnyPair, text: string): string {
    const [, end] = this.blockOf(pair, true);
    return this.replace([end, end], text);
  }

  private place({ key }: AnyPair): { line: number; column: number } {
    let left = (key as Node).range?.[0] ?? 0;
    let line = 0;
    for (; left >= (this.lines[line] ?? "").length && line < this.lines.length; line++) {
      left -= (this.lines[line] ?? "").length;
    }
    return { line, column: left };
  }
}

const indentOf = (line = ""): number => /^ */.exec(line)?.[0].length ?? 0;
const isBlank = (line = ""): boolean => line.trim() === "";
const isComment = (line = ""): boolean => line.trimStart().startsWith("#");

/** A record's own lines with other data. */
function edited(text: string, record: Record<string, Data>): string {
  const document = parseDocument(text);
  const first = text.split("\n").find((line) => !isBlank(line) && !isComment(line));
  if (!isMap(document.contents)) return block(record, indentOf(first));
  quoteUnprintable(document);
  reconcile(document, document.contents, record);
  return indented(document.toString(format), indentOf(first));
}

const block = (value: Data, indent: number): string =>
  indented(documentOf(value).toString(format), indent);

const indented = (text: string, by: number): string =>
  escapeUnprintable(text)
    .replace(/^(?=.)/gm, " ".repeat(by))
    .replace(/\n*$/, "\n");

/** Updates a mapping to the data; unchanged values stay, with their comments. */
function reconcile(document: Document, map: YAMLMap, data: Readonly<Record<string, Data>>): void {
  map.items = Object.entries(data).map(([key, value]) => {
    const pair = pairOf(map, key);
    if (pair === undefined) return document.createPair(key, nodeOf(document, value));
    pair.value = settled(document, pair.value, value);
    return pair;
  });
}

function settled(document: Document, node: unknown, value: Data): unknown {
  if (isMap(node) && typeof value === "object" && !Array.isArray(value)) {
    reconcile(document, node, value);
    return node;
  }
  if (isSeq(node) && Array.isArray(value)) {
    const old = node.items.map((item) => ({ item, data: (item as Node).toJS(document) as Data }));
    node.items = value.map(
      (wanted) =>
        old.find(({ data }) => isDeepStrictEqual(data, wanted))?.item ?? nodeOf(document, wanted),
    );
    return node;
  }
  if (isScalar(node) && node.value === value) return node;
  const fresh = nodeOf(document, value);
  if (isScalar(node) && isScalar(fresh)) fresh.comment = node.comment;
  return fresh;
}

function documentOf(value: Data): Document {
  const document = parseDocument("");
  document.contents = nodeOf(document, value) as typeof document.contents;
  return document;
}

/** Quotes text that another parser could read as something else (`1.10`, `2026-11-21T17:02:34Z`, `on`). */
function nodeOf(document: Document, value: Data): Node {
  const node = document.createNode(value) as Node;
  visit(node, {
    Scalar: (_, scalar) => {
      const { value } = scalar;
      if (typeof value === "string" && (unprintable.test(value) || isAmbiguous(value))) {
        scalar.type = Scalar.QUOTE_DOUBLE;
      }
    },
  });
  return node;
}

/** Double-quotes an existing value that cannot be written plain. */
function quoteUnprintable(document: Document): void {
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === "string" && unprintable.test(scalar.value))
        scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
}

function isAmbiguous(text: string): boolean {
  try {
    return (["1.1", "1.2"] as const).some((version) => parse(text, { version }) !== text);
  } catch {
    return true;
  }
}

function rewrite(document: Document, change: (document: Document) => void): string {
  quoteUnprintable(document);
  change(document);
  const text = document.toString(format);
  const mark = text.startsWith("\uFEFF") ? 1 : 0;
  return text.slice(0, mark) + escapeUnprintable(text.slice(mark));
}
