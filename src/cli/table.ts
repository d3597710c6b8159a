import Table from "cli-table3";

/** Renders rows under a header, one line each: short enough to scan, plain enough for a log file. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rendered = new Table({
    head: [...head],
    style: { head: [], border: [] },
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
  });
  rendered.push(...rows.map((row) => [...row]));
  return rendered.toString();
}
