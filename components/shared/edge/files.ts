import { script } from "../shell";

/** What an edge's HAProxy reads: a link to the directory of files that held last. */
export const proxyFolder = "/etc/haproxy/slipway";

/** Where the distribution's unit is told what is different here. */
export const dropIn = "/etc/systemd/system/haproxy.service.d/slipway.conf";

/** HAProxy's own file stays what it was; each request is a line of the journal, however many there are. */
const unit = `[Service]
Environment=CONFIG=${proxyFolder}
LogRateLimitIntervalSec=0
`;

/**
 * Shell function `change_proxy`: calls a function `change` in a copy of what HAProxy reads, and puts that in its place if it
 * holds and is served; nothing is changed and no connection dropped if not.
 * @param binds Addresses with ports that HAProxy has to listen on after it.
 */
export const changeFunctions = (binds: readonly string[]): string =>
  script("components/shared/edge/change.sh", {
    PROXY: proxyFolder,
    DROP_IN: dropIn,
    UNIT: unit,
    BINDS: binds.join(" "),
  });
