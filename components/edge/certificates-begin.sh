# shellcheck shell=sh
# Certificates that the cluster keeps as Secrets: asked for, looked at, served. See docs/edge.md of slipway.
set -eu
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 077
