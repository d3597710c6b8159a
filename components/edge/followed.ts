import { changeProxy, proxyFolder } from "../shared/edge/files";
import {
  functions,
  lockFile,
  marksFolder,
  notesFolder,
  putFile,
  quote,
} from "../shared/machine/script";
import {
  fileName,
  followed,
  pemFile,
  webPorts,
  type EdgeSpec,
  type FollowedCertificate,
} from "./spec";

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

/** Shell text within `proxyBody`: what HTTPS is answered with until there is a certificate; HAProxy would not start without. */
export const placeholderText = ({ host }: FollowedCertificate): string =>
  `  [ -s ${pemFile(host)} ] || {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=placeholder -addext ${quote(`subjectAltName=DNS:${host}`)} -keyout ${pemFile(host)} -out placeholder 2> /dev/null
    cat placeholder >> ${pemFile(host)}
    rm placeholder
  }
`;

/** Ends what `followBody` has begun, where it has. */
export const unfollowText = `if [ -e ${marksFolder}/${followPhase} ]; then
  systemctl disable -q --now ${service}.timer
  systemctl stop ${service}
  rm -rf ${settingsFolder} ${command} ${units}.service ${units}.timer ${notesFolder}/${notePrefix}* ${marksFolder}/${followPhase}
  systemctl daemon-reload
fi`;

/**
 * Has an edge follow its certificates, by a timer of its own. Standard input has its login to the cluster. What is wrong with
 * a Secret is no reason to stop an update: perhaps nobody has made it yet.
 */
export function followBody(spec: EdgeSpec): string {
  const kept = followed(spec).map(({ host }) => `${notePrefix}${fileName(host)}`);
  return `(
  umask 077
  rm -rf ${settingsFolder}.new
  mkdir -p ${settingsFolder}.new
  cd ${settingsFolder}.new
  awk '/^>>> / { file = $2; next } { print > file }'
  [ -s authorization ] && [ -s ca.crt ] || fail 'no login to the cluster came with it'
)
rm -rf ${settingsFolder}
mv ${settingsFolder}.new ${settingsFolder}
for note in ${notesFolder}/${notePrefix}*; do
  case " ${kept.join(" ")} " in *" \${note##*/} "*) ;; *) rm -f "$note" ;; esac
done
${putFile(command, followScript(spec), "0755")}
${putFile(`${units}.service`, serviceUnit)}
${putFile(`${units}.timer`, timerUnit)}
systemctl daemon-reload
systemctl enable -q ${service}.timer
systemctl restart ${service}.timer
${command} held || systemctl start --no-block ${service}`;
}

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

/**
 * Shell text of the command; it holds no secret. It asks for each Secret, looks whether certificate, key and host name belong
 * together, and changes what HAProxy reads only for what is new and right. Each host name has a note of how that went:
 * `1795324276 ok 1803100276`, seconds since 1970 of the run, and of the end of the certificate that it got last.
 */
export function followScript(spec: EdgeSpec): string {
  const own = followed(spec);
  const all = own.map(
    ({ host, from }) =>
      `${[fileName(host), from.namespace, from.name, host.replace("*", "any")].join(" ")}\n`,
  );
  return `#!/bin/sh
# Certificates that the cluster keeps as Secrets: asked for, looked at, served. Written by slipway, see docs/edge.md there.
set -eu
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 077
${functions}
# The phase that runs this has the lock already.
[ "\${1:-}" = held ] || {
  exec 9> ${lockFile}
  flock -w 900 9 || fail 'a phase has been running here for 15 minutes; look at: ps -ef --forest'
}
work=/run/slipway-edge-certificates
rm -rf $work
mkdir -p $work/found $work/words
trap 'code=$?; set +e; notes; rm -rf $work; exit $code' EXIT

# FILE NAMESPACE SECRET HOST
all() {
  cat <<'END-OF-CERTIFICATES'
${all.join("")}END-OF-CERTIFICATES
}
# tell WORD WHAT: why the one before is kept.
tell() {
  echo "$1" > "$work/words/$file"
  echo "$namespace/$secret: $2; what was served for $host before is served still" >&2
  return 1
}
fetch() {
  status=$(curl -q -sS --noproxy '*' --connect-timeout 5 --max-time 20 --cacert ${settingsFolder}/ca.crt -H @${settingsFolder}/authorization \\
    -o $work/secret -w '%{http_code}' "${spec.endpoint}/api/v1/namespaces/$namespace/secrets/$secret" 2> $work/said) ||
    { tell silent "the API servers do not answer: $(tail -n 1 $work/said)"; return 1; }
  case $status in
    200) ;;
    401|403) tell forbidden "the API servers refuse the edges' login ($status)" ;;
    404) tell missing 'there is no such Secret' ;;
    *) tell silent "the API servers answer with status $status" ;;
  esac
}
value() { sed -n 's/.*"tls\\.'"$1"'": *"\\([A-Za-z0-9+/=]*\\)".*/\\1/p' $work/secret | base64 -d; }
at() { date -d "$(openssl x509 -in "$2" -noout "-\${1}date" | cut -d= -f2)" +%s; }
look() {
  value crt > $work/crt 2> /dev/null && value key > $work/key 2> /dev/null && [ -s $work/crt ] && [ -s $work/key ] ||
    { tell broken 'it has no tls.crt and tls.key'; return 1; }
  public=$(openssl x509 -in $work/crt -noout -pubkey 2> /dev/null) || { tell broken 'its tls.crt is no certificate'; return 1; }
  [ "$(openssl pkey -in $work/key -pubout -passin pass: 2> /dev/null)" = "$public" ] || { tell broken 'its tls.key is not that of its tls.crt'; return 1; }
  openssl x509 -in $work/crt -noout -checkhost "$host" | grep -q ' does match ' || { tell broken "its certificate is not for $host"; return 1; }
  openssl x509 -in $work/crt -noout -checkend 0 > /dev/null || { tell broken 'its certificate has ended'; return 1; }
  [ "$(at start $work/crt)" -le "$(date +%s)" ] || { tell broken 'its certificate is not valid yet'; return 1; }
  { cat $work/crt; echo; cat $work/key; } > "$work/found/$file.pem"
}
notes() {
  mkdir -p ${notesFolder}
  all | while read -r file namespace secret host; do
    note=${notesFolder}/${notePrefix}$file
    word=$(cat "$work/words/$file" 2> /dev/null || echo rejected)
    end=$(cut -d' ' -f3 "$note" 2> /dev/null)
    [ "$word" != ok ] || end=$(at end "${proxyFolder}/certificates/$file.pem")
    echo "$(date +%s) $word \${end:--}" > "$note.new"
    mv "$note.new" "$note"
  done
}

all > $work/all
while read -r file namespace secret host; do
  fetch < /dev/null && look < /dev/null || continue
  if cmp -s "$work/found/$file.pem" "${proxyFolder}/certificates/$file.pem"; then
    rm "$work/found/$file.pem"
    echo ok > "$work/words/$file"
  fi
done < $work/all
if [ -n "$(ls $work/found)" ]; then
${changeProxy({ change: `cp $work/found/* certificates/`, binds: [`${spec.address}:${webPorts.https}`] })}
  for each in $work/found/*; do
    each=\${each##*/}
    echo ok > "$work/words/\${each%.pem}"
    echo "\${each%.pem}: a new certificate is served"
  done
fi
[ -z "$(grep -Lx ok $work/words/*)" ]
`;
}
