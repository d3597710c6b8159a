#!/bin/sh
# nginx reads neither resolv.conf nor its search list: hands it both, then becomes nginx.
set -eu
resolvers=
domain=
while read -r key first _; do
  case "$key $first" in
    "nameserver "*:*) resolvers="$resolvers [$first]" ;;
    "nameserver "*) resolvers="$resolvers $first" ;;
    "search "*) domain=$first ;;
  esac
done </etc/resolv.conf
# shellcheck disable=SC2016 # nginx's own variable
printf 'resolver%s valid=10s;\nmap "" $namespace_domain {\n  default "%s";\n}\n' \
  "$resolvers" "$domain" >/tmp/dns.conf
exec /usr/sbin/nginx -e /dev/stderr -g "daemon off;"
