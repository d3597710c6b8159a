/** An item that comes after others. */
export interface Ordered {
  readonly key: string;
}

/**
 * Sorts items so that each comes after those that it names, and otherwise keeps their order. Throws for cycles and for unknown
 * names, which are bugs.
 */
export function inOrder<Item extends Ordered>(
  items: readonly Item[],
  before: (item: Item) => readonly string[],
): Item[] {
  const byKey = new Map(items.map((item) => [item.key, item]));
  const [ordered, open] = [new Set<Item>(), new Set<Item>()];
  const put = (item: Item): void => {
    if (ordered.has(item)) return;
    if (open.has(item))
      throw new Error(`${[...open].map(({ key }) => key).join(" → ")} → ${item.key}`);
    open.add(item);
    for (const key of before(item)) {
      const other = byKey.get(key);
      if (other === undefined)
        throw new Error(`${item.key} names ${key}, and there is no such part`);
      put(other);
    }
    open.delete(item);
    ordered.add(item);
  };
  for (const item of items) put(item);
  return [...ordered];
}
