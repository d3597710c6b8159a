# shellcheck shell=sh
# etcd of this control plane: kept off-site, proved, brought back. See docs/backups.md of slipway. It goes on from `steps.sh`.
# VERSION, IMAGES: of Kubernetes, and where its images are: they have the programs of etcd. CERTS: how registries are reached.
# SETTINGS: where a file `env` opens the repository. AUTHORITIES: files of the cluster that it does not come back without.
# KEEP: what of restic lets old snapshots go; empty where another control plane does. SUMS: name of the list of checksums.
: "${ADDRESS:?}" "${VERSION:?}" "${IMAGES:?}" "${CERTS:?}" "${STATE:?}" "${SETTINGS:?}" "${AUTHORITIES:?}" "${KEEP?}" "${SUMS:?}"
# In the folders NOTES and FAILURES it writes down how it went.
: "${NOTES:?}" "${RUN_NOTE:?}" "${DRILL_NOTE:?}" "${FAILURES:?}" "${RUN_FAILED:?}" "${DRILL_FAILED:?}"
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
kubernetes=/etc/kubernetes data=/var/lib/etcd state=$STATE
scratch=$state/scratch source=$state/source
# Why it failed is noted where a full disk does not matter.
verb=${1:-} why='' ours=''
ended() {
  code=$?
  [ -n "$why" ] || why=$(grep -s . "${work:-}/errors" | tail -n 1)
  [ -z "$ours" ] || rm -rf "$scratch" "$source"
  case $verb in run) failed=$FAILURES/$RUN_FAILED ;; drill) failed=$FAILURES/$DRILL_FAILED ;; *) exit "$code" ;; esac
  mkdir -p "$FAILURES"
  if [ "$code" = 0 ]; then rm -f "$failed"; else printf '%s %s\n' "$(date +%s)" "$(echo "$why" | tr '\n' ' ')" > "$failed"; fi
  exit "$code"
}
trap ended EXIT
fail() {
  free=$(df -Pk "$state" 2> /dev/null | awk 'NR==2{print $4}')
  why="$*"
  # What a program has said of it may have found no room itself.
  [ "${free:-1024}" -ge 1024 ] || case $why in *'no space left'*) ;; *) why="$why; no space left on device, below $state" ;; esac
  say "$why"
  exit 1
}
mkdir -p "$state" || fail "no folder can be made below $state"
exec 8> "$state/lock"
flock -w 900 8 || fail 'another run has been under way here for 15 minutes; look at: ps -ef --forest'
ours=yes
# What a run has left that was killed; the one before it has ended, or the lock would not be ours.
rm -rf "$scratch" "$source"
mkdir -p "$scratch" "$source/etcd/pki/etcd" || fail "no folder can be made below $state"
export TMPDIR="$scratch" RESTIC_CACHE_DIR=/var/cache/slipway/restic
# shellcheck source=/dev/null # it has secrets, and is not here
. "$SETTINGS/env"
begin
trap ended EXIT

# value NAME: of a field in the JSON that is read.
value() { sed -n 's/.*"'"$1"'":\("[^"]*"\|[^,}"]*\).*/\1/p' | tr -d '"' | head -n 1; }
# quiet COMMAND: what it says is told when it fails.
quiet() { "$@" > "$scratch/out" 2> "$scratch/said" || { tail -n 3 "$scratch/said" >&2; return 1; }; }

# etcd's programs come with the image that the cluster runs: nobody has to install them.
programs() {
  image=$(sed -n 's/^ *image: *//p' $kubernetes/manifests/etcd.yaml 2> /dev/null || true)
  [ -n "$image" ] || image=$(kubeadm config images list --kubernetes-version "$VERSION" --image-repository "$IMAGES" 2> /dev/null | grep /etcd:)
  bin=$state/bin/${image##*:}
  [ ! -d "$bin" ] || return 0
  mounted=$state/image
  ctr -n k8s.io images unmount --rm "$mounted" > /dev/null 2>&1 || true
  mkdir -p "$mounted"
  [ -n "$(ctr -n k8s.io images ls -q "name==$image" 2> /dev/null)" ] ||
    quiet ctr -n k8s.io images pull --hosts-dir "$CERTS" "$image" || fail "$image cannot be pulled"
  quiet ctr -n k8s.io images mount "$image" "$mounted" || fail "$image cannot be looked into"
  rm -rf "${state:?}/bin"
  mkdir -p "$bin.new"
  for program in etcd etcdctl etcdutl; do cp "$mounted/usr/local/bin/$program" "$bin.new"; done
  ctr -n k8s.io images unmount --rm "$mounted" > /dev/null 2>&1
  mv "$bin.new" "$bin"
}

# room BYTES: refuses to fill the disk that etcd itself may be on.
room() {
  free=$(df -Pk "$state" | awk 'NR==2{print $4}')
  [ $(($1 / 1024 + 262144)) -lt "$free" ] ||
    fail "no space left on device for it: $(($1 / 1048576 + 256)) MiB are needed below $state, and $((free / 1024)) MiB are free"
}

# whole FILE: whether a snapshot is what etcd gave out: its last 32 bytes are the checksum of the others.
whole() {
  [ "$(head -c -32 "$1" | sha256sum | cut -c -64)" = "$(tail -c 32 "$1" | od -An -v -tx1 | tr -d ' \n')" ] || { say 'the checksum in the snapshot does not match the rest of it'; return 1; }
  quiet "$bin/etcdutl" snapshot status "$1" -w json
}

# apart FOLDER ARGUMENTS… -- COMMAND…: etcd on that folder, in a network that is nobody else's, and a command that asks it.
apart() {
  # shellcheck disable=SC2016 # for the other shell
  unshare -n -- sh -c 'bin=$1 scratch=$2 folder=$3 name=$4
    shift 4
    flags=
    while [ "$1" != -- ]; do flags="$flags $1"; shift; done
    shift
    unset ETCDCTL_CACERT ETCDCTL_CERT ETCDCTL_KEY
    ip link set lo up
    "$bin/etcd" --data-dir "$folder" --name "$name" --log-level warn $flags > "$scratch/etcd.log" 2>&1 8>&- &
    etcd=$!
    for second in $(seq 60); do
      kill -0 $etcd 2> /dev/null || break
      "$bin/etcdctl" endpoint health > /dev/null 2>&1 && break
      sleep 1
    done
    code=0
    "$bin/etcdctl" "$@" 2> "$scratch/said" || { code=1; tail -n 2 "$scratch/etcd.log" "$scratch/said" >&2; }
    kill $etcd 2> /dev/null
    wait $etcd
    exit $code' sh "$bin" "$scratch" "$@"
}

run() {
  export ETCDCTL_CACERT=$kubernetes/pki/etcd/ca.crt ETCDCTL_CERT=$kubernetes/pki/etcd/peer.crt ETCDCTL_KEY=$kubernetes/pki/etcd/peer.key
  programs
  room $((2 * $(stat -c %s $data/member/snap/db)))
  etcdctl() { "$bin/etcdctl" "$@"; }
  db=$source/etcd/snapshot.db
  for _ in 1 2 3; do
    before=$(etcdctl endpoint hashkv -w json 2> "$scratch/said" | value compact_revision)
    [ -n "$before" ] || fail 'etcd does not answer:' "$(tail -n 2 "$scratch/said")"
    rm -f "$db"
    say 'taking the snapshot'
    quiet etcdctl snapshot save "$db" || fail 'etcd gave out no snapshot'
    whole "$db" || fail 'the snapshot is broken: it is not sent'
    revision=$(value revision < "$scratch/out")
    hash=$(etcdctl endpoint hashkv --rev "$revision" -w json 2> "$scratch/said") || fail 'etcd gives out no hash:' "$(tail -n 2 "$scratch/said")"
    compacted=$(echo "$hash" | value compact_revision)
    # The hash tells what the snapshot holds, unless old revisions went between the two.
    [ "$compacted" != "$before" ] || break
  done
  printf '{"name":"%s","revision":%s,"hash":%s,"compact":%s,"image":"%s"}\n' "$HOST" "$revision" "$(echo "$hash" | value hash)" "$compacted" "$image" > "$source/etcd/snapshot.json"
  for file in $AUTHORITIES; do cp -p "$kubernetes/$file" "$source/etcd/$file"; done
  timeout 20 kubectl --kubeconfig $kubernetes/admin.conf -n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' > "$source/etcd/kubeadm.yaml" 2> /dev/null ||
    say 'the API server does not tell its configuration: the snapshot goes without the readable copy'
  list_sums "$source/etcd" "$source/$SUMS"
  say "sending revision $revision"
  back_up "$source/etcd" "$source/$SUMS" > /dev/null
  note "$RUN_NOTE" "$revision"
  say "done: revision $revision"
  # shellcheck disable=SC2086 # words of restic
  [ -z "$KEEP" ] || patiently $KEEP > /dev/null
}

# note NAME WORD: what is asked for at each preview.
note() {
  mkdir -p "$NOTES"
  echo "$(date +%s) $2" > "$NOTES/$1.new"
  mv "$NOTES/$1.new" "$NOTES/$1"
}

drill() {
  programs
  found=$(restic snapshots --json --tag "$TAG" 2> "$scratch/said") || fail 'the repository does not open:' "$(tail -n 3 "$scratch/said")"
  newest=$(echo "$found" | value short_id)
  [ -n "$newest" ] || fail 'there is no backup to drill'
  room $((3 * $(stat -c %s $data/member/snap/db)))
  say "restoring $newest"
  result=ok
  prove "$newest" || result=failed
  rm -rf "$scratch/drill" "$scratch/etcd"
  note_drill "$result" "$newest" || say 'the result is not written down at the target'
  note "$DRILL_NOTE" "$result $newest"
  [ "$result" = ok ] || fail "the newest backup, $newest, does not restore"
  say "done: $newest restores, revision $revision, hash $hash, $keys keys"
}

# fetch SNAPSHOT: to $scratch/drill, every file as it was when it was taken.
fetch() {
  patiently restore "$1" --target "$scratch/drill" > /dev/null || { say "$1 cannot be read from the repository"; return 1; }
  from=$scratch/drill$source
  compare "$from/etcd" "$from/$SUMS" || return 1
  for file in snapshot.db snapshot.json $AUTHORITIES; do
    [ -s "$from/etcd/$file" ] || { say "it lacks $file"; return 1; }
  done
  whole "$from/etcd/snapshot.db"
}

prove() {
  fetch "$1" || return 1
  keys=$(value totalKey < "$scratch/out")
  quiet "$bin/etcdutl" snapshot restore "$from/etcd/snapshot.db" --data-dir "$scratch/etcd" || return 1
  wanted=$from/etcd/snapshot.json
  revision=$(value revision < "$wanted")
  say 'asking an etcd of its own'
  apart "$scratch/etcd" default -- endpoint hashkv --rev "$revision" -w json > "$scratch/hash" || return 1
  hash=$(value hash < "$scratch/hash")
  for field in hash:hash compact:compact_revision revision:hash_revision; do
    [ "$(value "${field%:*}" < "$wanted")" = "$(value "${field#*:}" < "$scratch/hash")" ] || { say "${field%:*} is $(value "${field#*:}" < "$scratch/hash"), and was $(value "${field%:*}" < "$wanted")"; return 1; }
  done
}

case "${1:-}" in
  run) run ;;
  drill) drill ;;
  restore) shift; restore "$@" ;;
  revision) revision ;;
  *) fail 'run, drill, revision, or restore <snapshot | here> [node to forget]...' ;;
esac
