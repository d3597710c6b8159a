import { script } from "../shell";

/** Shell functions of phases on a control plane: `k` is kubectl as the cluster's administrator. */
export const onControlPlane = (): string => script("components/cluster/control-plane.sh");
