# shellcheck shell=sh
# What a check runs in its pod: a busybox script that asks once a second until all answers are right, and have been for FOR
# seconds, or PATIENCE seconds are over. Its environment is the pod's; see `checkJobSpec`.
#
# It asks by hand, for wget follows redirects, hides its answer's body behind any other status than 200, and differs from one
# busybox to the next. The question waits in a pipe that is never closed: to some servers an end of input is a caller who has
# gone. Asked as clients do: with HTTP/1.1, by the name that the program has outside.
busybox() { /bin/busybox "$@"; }
started=$(busybox date +%s)

# A body that came in chunks, each after a line with its length in hex. busybox's awk counts bytes in this locale.
unchunked() {
  LC_ALL=C busybox awk '
    function hex(text, n, i) {
      for (i = 1; i <= length(text); i++) n = 16 * n + index("0123456789abcdef", tolower(substr(text, i, 1))) - 1
      return n
    }
    { all = all $0 "\n" }
    END {
      while (match(all, /^[0-9A-Fa-f]+/)) {
        size = hex(substr(all, 1, RLENGTH))
        begin = index(all, "\n") + 1
        if (size == 0) break
        printf "%s", substr(all, begin, size)
        all = substr(all, begin + size + 2)
      }
    }'
}

# ask HOST PORT PATH NAME → $status, $location, /tmp/body
ask() {
  busybox rm -f /tmp/pipe
  busybox mkfifo /tmp/pipe
  exec 3<>/tmp/pipe
  printf 'GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: slipway-check\r\nAccept: */*\r\nConnection: close\r\n\r\n' "$3" "$4" >&3
  : >/tmp/answer
  busybox timeout 5 /bin/busybox nc "$1" "$2" </tmp/pipe >/tmp/answer 2>/tmp/error
  exec 3>&-
  read -r _ status _ </tmp/answer
  status=$(printf %s "$status" | busybox tr -d '\r')
  busybox sed '/^.\{0,1\}$/q' /tmp/answer | busybox tr -d '\r' >/tmp/head
  location=$(busybox sed -n 's/^[Ll]ocation: *//p' /tmp/head | busybox head -n 1)
  busybox sed '1,/^.\{0,1\}$/d' /tmp/answer >/tmp/body
  if busybox grep -qi '^transfer-encoding:.*chunked' /tmp/head; then
    unchunked </tmp/body >/tmp/whole
    busybox mv /tmp/whole /tmp/body
  fi
  [ -n "$status" ] || { found="no answer from $1:$2: $(busybox head -c 200 /tmp/error)"; return 1; }
}

probe() {
  [ -n "${QUESTION-}" ] || return 0
  what="GET http://$HOST:$PORT$QUESTION${HOST_NAME:+ as $HOST_NAME}"
  ask "$HOST" "$PORT" "$QUESTION" "${HOST_NAME:-$HOST:$PORT}" || return 1
  found="status $status${location:+, to $location,}"
  # shellcheck disable=SC2153 # what is wanted
  [ "$status" = "$STATUS" ] || { found="$found instead of $STATUS"; return 1; }
  for wanted in "${BODY-}" "${VERSION-}"; do
    [ -z "$wanted" ] || busybox grep -qF -- "$wanted" /tmp/body || { found="$found, but a body without \"$wanted\""; return 1; }
  done
  passed="$passed$what: $found; "
  : >/tmp/body
}

# The numbers of an answer, a line each. Inside of a JSON text a quote has a backslash before it, so no label looks like one.
values() {
  busybox grep -o "\"$1\":\[[^]]*\]" /tmp/body | busybox sed 's/.*,"//; s/"\]$//'
}

within() {
  number=$(printf %s "$1" | busybox sed 's/Inf/1e999/')
  busybox awk -v value="$number" -v min="$min" -v max="$max" \
    'BEGIN { exit !((min == "-" || value + 0 >= min + 0) && (max == "-" || value + 0 <= max + 0)) }'
}

query() {
  what="query $shown"
  bounds="$([ "$min" = - ] || printf ' at least %s' "$min")$([ "$max" = - ] || printf ' at most %s' "$max")"
  ask "$PROMETHEUS_HOST" "$PROMETHEUS_PORT" "$path" "$PROMETHEUS_HOST:$PROMETHEUS_PORT" || return 1
  [ "$status" = 200 ] || { found="Prometheus answers with status $status"; return 1; }
  type=$(busybox grep -o '"resultType":"[a-z]*"' /tmp/body | busybox head -n 1 | busybox cut -d'"' -f4)
  case $type in
    vector) numbers=$(values value) ;;
    scalar) numbers=$(values result) ;;
    *) found="a ${type:-text without a result} instead of an instant vector or a scalar"; return 1 ;;
  esac
  for number in ${numbers:-none}; do
    found="value $number, wanted$bounds"
    case $number in
      none) found="no data, wanted$bounds"; [ "$nodata" = pass ] || return 1 ;;
      NaN) [ "$nodata" = pass ] || return 1 ;;
      *) within "$number" || return 1 ;;
    esac
  done
  # shellcheck disable=SC2086,SC2116 # in one line
  passed="$passed$what: $(echo ${numbers:-no data}); "
  : >/tmp/body
}

once() {
  passed=
  probe || return 1
  while read -r min max nodata path shown; do
    [ -z "$path" ] || query || return 1
  done <<END
${QUERIES-}
END
}

while :; do
  if once; then
    : "${since:=$(busybox date +%s)}"
    [ $(($(busybox date +%s) - since)) -lt "${FOR:-0}" ] || break
  else
    since=
    if [ $(($(busybox date +%s) - started)) -ge "$PATIENCE" ]; then
      echo "check failed: $what: $found"
      busybox head -c 1000 /tmp/body
      exit 1
    fi
  fi
  busybox sleep 1
done
echo "check passed: ${passed%; }"
