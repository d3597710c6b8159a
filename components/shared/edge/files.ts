import { putFile, quote } from "../machine/script";

/** What an edge's HAProxy reads: a link to the directory of files that held last. */
export const proxyFolder = "/etc/haproxy/slipway";

/** Where the distribution's unit is told what is different here. */
export const dropIn = "/etc/systemd/system/haproxy.service.d/slipway.conf";

/** HAProxy's own file stays what it was; each request is a line of the journal, however many there are. */
const unit = `[Service]
Environment=CONFIG=${proxyFolder}
LogRateLimitIntervalSec=0
`;

/** A change of what an edge's HAProxy reads. */
export interface ProxyChange {
  /** Shell text that works on a copy, in which it is run. */
  change: string;
  /** Addresses with ports that HAProxy has to listen on after it. */
  binds: readonly string[];
}

/**
 * Changes a copy, has HAProxy look whether it holds, and only then puts it in the place of the old one, and has it read
 * without a connection dropped. One that does not hold is gone again; one that HAProxy cannot serve makes way for the old one.
 */
export function changeProxy({ change, binds }: ProxyChange): string {
  const listening = binds.map((bind) => `  listens ${quote(bind)} || return 1\n`).join("");
  return `before=$(readlink ${proxyFolder} || true)
# What a killed run left.
for each in /etc/haproxy/slipway-*; do [ "$each" = "$before" ] || rm -rf "$each"; done
next=$(mktemp -d /etc/haproxy/slipway-XXXXXXXX)
[ -z "$before" ] || cp -a "$before/." "$next"
cd "$next"
${change}
cd /
haproxy -c -f "$next" > /dev/null || { rm -rf "$next"; fail 'HAProxy refuses the new configuration, and goes on with the old one'; }
lead() { ln -s "$1" ${proxyFolder}.new; mv -T ${proxyFolder}.new ${proxyFolder}; }
reads() { systemctl is-active -q haproxy && tr '\\0' ' ' < "/proc/$(systemctl show -p MainPID --value haproxy)/cmdline" | grep -q ' ${proxyFolder} '; }
tell() { if reads; then systemctl reload haproxy; else systemctl reset-failed haproxy; systemctl restart haproxy; fi; }
listens() { ss -Hltn | awk -v bind="$1" '$4 == bind { found = 1 } END { exit !found }'; }
serves() {
  systemctl is-active --quiet haproxy || return 1
${listening}}
rm -f ${proxyFolder}.new
lead "$next"
${putFile(dropIn, unit)}
systemctl daemon-reload
tell || true
for tenth in $(seq 100); do if serves; then break; fi; sleep 0.1; done
serves || {
  [ -z "$before" ] || { lead "$before"; rm -rf "$next"; tell || true; }
  journalctl -u haproxy -n 5 -o cat --no-pager | grep -v '^{' >&2 || true
  fail 'HAProxy cannot serve the new configuration, and goes on with the old one where there was any'
}
[ -z "$before" ] || rm -rf "$before"`;
}
