import { script } from "../shell";

/** Configuration of an edge's HAProxy: a link to the directory with the last valid files. */
export const proxyFolder = "/etc/haproxy/slipway";

/** Drop-in for the distribution's unit. */
export const dropIn = "/etc/systemd/system/haproxy.service.d/slipway.conf";

/** It leaves the distribution's configuration unchanged, and lifts the journal's rate limit for the access log. */
const unit = `[Service]
Environment=CONFIG=${proxyFolder}
LogRateLimitIntervalSec=0
`;

/**
 * Shell function `change_proxy`: calls a function `change` in a copy of HAProxy's configuration, and activates the copy if it is
 * valid and HAProxy serves it; otherwise nothing changes and no connection drops.
 * @param binds Addresses with ports that HAProxy must listen on afterwards.
 */
export const changeFunctions = (binds: readonly string[]): string =>
  script("components/shared/edge/change.sh", {
    PROXY: proxyFolder,
    DROP_IN: dropIn,
    UNIT: unit,
    BINDS: binds.join(" "),
  });
