# shellcheck shell=sh
# Takes a machine out of the edge. FILES: what goes.
: "${FILES:?}"
systemctl disable -q --now keepalived haproxy
# shellcheck disable=SC2086 # paths and patterns
rm -rf $FILES
systemctl daemon-reload
