import { changeFunctions, proxyFolder } from "../shared/edge/files";
import { functions, lockFile, marksFolder, notesFolder } from "../shared/machine/script";
import { program, script } from "../shared/shell";
import { fileName, followed, webPorts, type EdgeSpec } from "./spec";

/** Phase that sets up an edge to follow certificates. */
export const followPhase = "edge-certificates";

/** Service that fetches them, and the timer of its name. */
export const service = "slipway-edge-certificates";

/** Prefix of the notes' names: one note for each host name. */
export const notePrefix = "edge-certificate-";

/** Folder on an edge with its login to the cluster, from `reader.ts`; only root may read it. */
const settingsFolder = "/etc/slipway/edge";
const command = "/usr/local/lib/slipway/edge-certificates";
const units = `/etc/systemd/system/${service}`;

/** Removes what `followBody` set up, if anything. */
export const unfollowBody = (): string =>
  script("components/edge/unfollow.sh", {
    SERVICE: service,
    FOLLOWING: `${marksFolder}/${followPhase}`,
    FILES: `${settingsFolder} ${command} ${units}.service ${units}.timer ${notesFolder}/${notePrefix}*`,
  });

/** Sets up a timer on an edge that follows its certificates. Standard input has its login to the cluster. */
export const followBody = (spec: EdgeSpec): string =>
  script("components/edge/follow.sh", {
    SETTINGS: settingsFolder,
    NOTES: notesFolder,
    PREFIX: notePrefix,
    KEPT: followed(spec)
      .map(({ host }) => `${notePrefix}${fileName(host)}`)
      .join(" "),
    COMMAND: command,
    PROGRAM: followScript(spec),
    SERVICE: service,
    UNIT: serviceUnit,
    TIMER: timerUnit,
  });

const serviceUnit = `[Unit]
Description=Certificates that the cluster keeps
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart=${command}
TimeoutStartSec=30min
# What is not there yet, or not right, is asked for again soon.
Restart=on-failure
RestartSec=60s
`;

const timerUnit = `[Unit]
Description=Certificates that the cluster keeps

[Timer]
OnCalendar=hourly
RandomizedDelaySec=15min
Persistent=true

[Install]
WantedBy=timers.target
`;

/** Text of the command; it holds no secret. */
export function followScript(spec: EdgeSpec): string {
  const all = followed(spec).map(({ host, from }) =>
    [fileName(host), from.namespace, from.name, host.replace("*", "any")].join(" "),
  );
  return program(
    script("components/edge/certificates-begin.sh"),
    functions(),
    changeFunctions([`${spec.address}:${webPorts.https}`]),
    script("components/edge/certificates.sh", {
      CERTIFICATES: all.join("\n"),
      SERVER: spec.endpoint ?? "",
      SETTINGS: settingsFolder,
      NOTES: notesFolder,
      PREFIX: notePrefix,
      LOCK: lockFile,
      PROXY_FILES: `${proxyFolder}/certificates`,
    }),
  );
}
