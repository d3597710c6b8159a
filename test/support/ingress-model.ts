import { buildModel, type Model } from "../../sandbox/ingress/model";
import type { ClusterObjects } from "../../sandbox/ingress/objects";
import { cluster, service, slice } from "./ingress-objects";

/** The routing model of a cluster with Services `web`, `api` and `beta`, a pod each, and these objects. */
export const model = (parts: Partial<ClusterObjects>): Model =>
  buildModel(
    cluster({
      services: ["web", "api", "beta"].map((name) => service(name)),
      endpointSlices: [
        slice("web", [{ name: "web-1", address: "10.0.0.1" }]),
        slice("api", [{ name: "api-1", address: "10.0.1.1" }]),
        slice("beta", [{ name: "beta-1", address: "10.0.2.1" }]),
      ],
      ...parts,
    }),
    ["simulated"],
  );

/** What it warns of. */
export const messages = ({ warnings }: Model): string[] => warnings.map(({ message }) => message);
