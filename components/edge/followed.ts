import { changeFunctions, proxyFolder } from "../shared/edge/files";
import { functions, lockFile, marksFolder, notesFolder } from "../shared/machine/script";
import { program, script } from "../shared/shell";
import { fileName, followed, webPorts, type EdgeSpec } from "./spec";

/** Phase that has an edge follow certificates. */
export const followPhase = "edge-certificates";

/** Service that asks for them, and the timer of its name. */
export const service = "slipway-edge-certificates";

/** Beginning of the notes' names: one for each host name. */
export const notePrefix = "edge-certificate-";

/** Where an edge has its login to the cluster: root's alone. `reader.ts` says what is in it. */
const settingsFolder = "/etc/slipway/edge";
const command = "/usr/local/lib/slipway/edge-certificates";
const units = `/etc/systemd/system/${service}`;

/** Ends what `followBody` has begun, where it has. */
export const unfollowBody = (): string =>
  script("components/edge/unfollow.sh", {
    SERVICE: service,
    FOLLOWING: `${marksFolder}/${followPhase}`,
    FILES: `${settingsFolder} ${command} ${units}.service ${units}.timer ${notesFolder}/${notePrefix}*`,
  });

/** Has an edge follow its certificates, by a timer of its own. Standard input has its login to the cluster. */
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
