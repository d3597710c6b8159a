import { EVENT_ID, getScalarValue, parseEvents } from "js-yaml";

/** A path in a document: keys and indexes. */
export type Path = readonly PropertyKey[];

/** Finds the line of a path in a YAML text; for a missing path, that of its nearest parent. */
export function lineFinder(text: string): (path: Path) => number | undefined {
  const offsets = offsetsOf(text);
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const offset = offsets.get(keyOf(path.slice(0, length)));
      if (offset !== undefined) return text.slice(0, offset).split("\n").length;
    }
    return undefined;
  };
}

const keyOf = (path: Path): string => path.map(String).join("\0");

/** Offset of every key and list item of a YAML text. */
function offsetsOf(text: string): Map<string, number> {
  const offsets = new Map<string, number>();
  const events = parseEvents(text, {});
  const atEnd = () => events[position]?.type === EVENT_ID.POP || position >= events.length;
  let position = 1;
  const walk = (path: Path): void => {
    const event = events[position++];
    if (event?.type === EVENT_ID.SEQUENCE) {
      for (let index = 0; !atEnd(); index++) {
        const item = events[position];
        const start = item?.type === EVENT_ID.SCALAR ? item.valueStart : undefined;
        if (start !== undefined) offsets.set(keyOf([...path, index]), start);
        walk([...path, index]);
      }
      position++;
    }
    if (event?.type === EVENT_ID.MAPPING) {
      while (!atEnd()) {
        const key = events[position];
        if (key?.type !== EVENT_ID.SCALAR) return;
        const inner = [...path, getScalarValue(text, key)];
        offsets.set(keyOf(inner), key.valueStart);
        position++;
        walk(inner);
      }
      position++;
    }
  };
  walk([]);
  return offsets;
}
