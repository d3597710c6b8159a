import type { HostPort } from "./haproxy";
import type { Model } from "./model";

/** How many differences one line names. */
const shown = 6;

/** One line on what a reload is for: which routes and node ports came, went or lead elsewhere. */
export function describeReload(before: Described | undefined, after: Described): string {
  const old = before === undefined ? new Map<string, string>() : destinations(before);
  const now = destinations(after);
  const differences = [
    ...[...now].flatMap(([place, target]) =>
      old.get(place) === target ? [] : [`${place} -> ${target}`],
    ),
    ...[...old.keys()].filter((place) => !now.has(place)).map((place) => `${place} gone`),
  ];
  if (differences.length === 0) return "no route leads elsewhere";
  const rest = differences.length - shown;
  return [...differences.slice(0, shown), ...(rest > 0 ? [`and ${rest} more`] : [])].join(", ");
}

/** What there is to describe. */
export interface Described {
  model: Model;
  hostPorts: readonly HostPort[];
}

function destinations({ model, hostPorts }: Described): Map<string, string> {
  return new Map([
    ...model.routes.map(
      ({ host, path, backend, canary }) =>
        [`${host}${path}`, canary === undefined ? backend : `${backend} and ${canary}`] as const,
    ),
    ...hostPorts.map(
      ({ hostPort, service, port }) => [`:${hostPort}`, `${service}:${port}`] as const,
    ),
  ]);
}
