# shellcheck shell=sh
# SERVERS: addresses with NodePorts that connections are led to from now on.
: "${SERVERS?}"

# A NodePort that is new takes each node a moment, and HAProxy leads nobody for seconds to where it found it closed. One that stays
# closed (its node is down, or nothing runs behind it) is HAProxy's to leave out.
accepts() { timeout 1 bash -c ": < /dev/tcp/${1%:*}/${1##*:}" 2> /dev/null; }
all_accept() { for server in $SERVERS; do accepts "$server" || return 1; done; }
patience=$(($(date +%s) + 5))
until all_accept || [ "$(date +%s)" -ge "$patience" ]; do sleep 0.2; done
