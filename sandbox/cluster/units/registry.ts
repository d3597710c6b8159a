import { dump } from "js-yaml";
import { paths, type UnitContext } from "../context";
import type { RenderedUnit } from "../unit";

/** Name of the unit that all pushes depend on. */
export const registryUnit = "registry";

/** The image registry: plain HTTP on the loopback only. */
export function registry({ layout, ports, binary }: UnitContext): RenderedUnit {
  const { etc, data } = paths(layout);
  const config = etc("registry.yaml");
  const address = `127.0.0.1:${ports.registry}`;
  return {
    name: registryUnit,
    after: [],
    command: [binary("registry"), "serve", config],
    // It would otherwise report traces to a missing collector, and log each failure.
    env: { OTEL_TRACES_EXPORTER: "none" },
    files: [
      {
        path: config,
        text: dump({
          version: "0.1",
          log: { level: "warn", accesslog: { disabled: true } },
          storage: {
            filesystem: { rootdirectory: data("registry") },
            delete: { enabled: true },
          },
          http: { addr: address },
        }),
      },
    ],
    ready: { kind: "http", url: `http://${address}/v2/` },
  };
}
