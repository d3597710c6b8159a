# shellcheck shell=sh
# The command that follows certificates. It asks for each Secret, looks whether certificate, key and host name belong together,
# and changes what HAProxy reads only for what is new and right. Each host name has a note of how that went:
# `1795324276 ok 1803100276`, seconds since 1970 of the run, and of the end of the certificate that it got last.
# CERTIFICATES: `file namespace secret host`, a line each. SERVER: where the API servers answer, with the login in SETTINGS.
: "${CERTIFICATES:?}" "${SERVER:?}" "${SETTINGS:?}" "${NOTES:?}" "${PREFIX:?}" "${PROXY_FILES:?}" "${LOCK:?}"
# The phase that runs this has the lock already.
[ "${1:-}" = held ] || {
  exec 9> "$LOCK"
  flock -w 900 9 || fail 'a phase has been running here for 15 minutes; look at: ps -ef --forest'
}
work=/run/slipway-edge-certificates
rm -rf $work
mkdir -p $work/found $work/words
ended() {
  code=$?
  set +e
  notes
  rm -rf $work
  exit $code
}
trap ended EXIT

# tell WORD WHAT: why the one before is kept.
tell() {
  echo "$1" > "$work/words/$file"
  echo "$namespace/$secret: $2; what was served for $host before is served still" >&2
  return 1
}
fetch() {
  status=$(curl -q -sS --noproxy '*' --connect-timeout 5 --max-time 20 --cacert "$SETTINGS/ca.crt" -H "@$SETTINGS/authorization" \
    -o $work/secret -w '%{http_code}' "$SERVER/api/v1/namespaces/$namespace/secrets/$secret" 2> $work/said) ||
    { tell silent "the API servers do not answer: $(tail -n 1 $work/said)"; return 1; }
  case $status in
    200) ;;
    401 | 403) tell forbidden "the API servers refuse the edges' login ($status)" ;;
    404) tell missing 'there is no such Secret' ;;
    *) tell silent "the API servers answer with status $status" ;;
  esac
}
value() { sed -n 's/.*"tls\.'"$1"'": *"\([A-Za-z0-9+/=]*\)".*/\1/p' $work/secret | base64 -d; }
at() { date -d "$(openssl x509 -in "$2" -noout "-${1}date" | cut -d= -f2)" +%s; }
look() {
  { value crt > $work/crt && value key > $work/key && [ -s $work/crt ] && [ -s $work/key ]; } 2> /dev/null ||
    { tell broken 'it has no tls.crt and tls.key'; return 1; }
  public=$(openssl x509 -in $work/crt -noout -pubkey 2> /dev/null) || { tell broken 'its tls.crt is no certificate'; return 1; }
  [ "$(openssl pkey -in $work/key -pubout -passin pass: 2> /dev/null)" = "$public" ] || { tell broken 'its tls.key is not that of its tls.crt'; return 1; }
  openssl x509 -in $work/crt -noout -checkhost "$host" | grep -q ' does match ' || { tell broken "its certificate is not for $host"; return 1; }
  openssl x509 -in $work/crt -noout -checkend 0 > /dev/null || { tell broken 'its certificate has ended'; return 1; }
  [ "$(at start $work/crt)" -le "$(date +%s)" ] || { tell broken 'its certificate is not valid yet'; return 1; }
  { cat $work/crt; echo; cat $work/key; } > "$work/found/$file.pem"
}
notes() {
  mkdir -p "$NOTES"
  printf '%s\n' "$CERTIFICATES" | while read -r file namespace secret host; do
    note=$NOTES/$PREFIX$file
    word=$(cat "$work/words/$file" 2> /dev/null || echo rejected)
    end=$(cut -d' ' -f3 "$note" 2> /dev/null)
    [ "$word" != ok ] || end=$(at end "$PROXY_FILES/$file.pem")
    echo "$(date +%s) $word ${end:--}" > "$note.new"
    mv "$note.new" "$note"
  done
}

printf '%s\n' "$CERTIFICATES" > $work/all
while read -r file namespace secret host; do
  { fetch && look; } < /dev/null || continue
  if cmp -s "$work/found/$file.pem" "$PROXY_FILES/$file.pem"; then
    rm "$work/found/$file.pem"
    echo ok > "$work/words/$file"
  fi
done < $work/all
change() { cp $work/found/* certificates/; }
if [ -n "$(ls $work/found)" ]; then
  change_proxy
  for each in "$work"/found/*; do
    each=${each##*/}
    echo ok > "$work/words/${each%.pem}"
    echo "${each%.pem}: a new certificate is served"
  done
fi
# shellcheck disable=SC2143 # what `grep -L` ends with depends on its version
[ -z "$(grep -Lx ok $work/words/*)" ]
