# shellcheck shell=sh
# What of `etcd.sh` brings etcd back; what it does not set itself, that does.
# shellcheck disable=SC2154,SC2086 # no path of these has a blank
# BUMP: higher than what any client has seen since the snapshot: https://etcd.io/docs/v3.6/op-guide/recovery
: "${BUMP:?}" "${MARKS:?}"

# restore SNAPSHOT [NODE…], or restore here [NODE…]: this machine becomes the only member of etcd. May be killed and run again at any step.
restore() {
  id=$1
  shift
  programs
  stage=$data/restored-$id
  mkdir -p "$data"
  if [ ! -d "$stage" ]; then
    if [ "$id" = here ]; then survivor; else
      say "fetching $id"
      fetch "$id" || fail "$id is not what was backed up; nothing was changed"
      trusted
    fi
    say 'making a data directory of it'
    rm -rf "$stage.new"
    quiet "$bin/etcdutl" snapshot restore "$from/etcd/snapshot.db" --data-dir "$stage.new" --name "$HOST" \
      --initial-cluster "$HOST=https://$ADDRESS:2380" --initial-advertise-peer-urls "https://$ADDRESS:2380" \
      --initial-cluster-token "$HOST-$(date +%s)" --bump-revision "$BUMP" --mark-compacted || fail 'etcdutl cannot restore it'
    mv "$stage.new" "$stage"
  fi
  park
  if [ -d "$data/member" ]; then
    old=$data/before-$(date +%s)
    mv "$data/member" "$old"
    say "what was there is in $old"
  fi
  mv "$stage/member" "$data/member"
  rm -rf "$stage"
  if [ -d "$parked" ]; then unpark "$@"; else
    mkdir -p "$MARKS"
    echo "$id" > "$MARKS/restore"
    say 'done: the next update begins the cluster on it'
  fi
}

# The authorities of the cluster that the snapshot is of. Those of another one stay.
trusted() {
  if [ -s $kubernetes/pki/ca.crt ]; then
    cmp -s $kubernetes/pki/ca.crt "$from/etcd/pki/ca.crt" ||
      fail "$kubernetes/pki is of another cluster than $id; if that one is to go: kubeadm reset"
    return 0
  fi
  rm -rf $kubernetes/pki.new
  mkdir -p $kubernetes
  cp -rp "$from/etcd/pki" $kubernetes/pki.new
  chmod 755 $kubernetes/pki.new $kubernetes/pki.new/etcd
  rm -rf $kubernetes/pki
  mv $kubernetes/pki.new $kubernetes/pki
}

# All that this machine's etcd has, its log to the last entry: read by an etcd of its own from a copy.
survivor() {
  park
  [ -d "$data/member" ] || fail "$data has no data of etcd"
  room $((3 * $(du -sb $data/member | cut -f1)))
  say 'reading what is here'
  mkdir -p "$scratch/copy" "$scratch/drill/etcd"
  cp -rp $data/member "$scratch/copy"
  from=$scratch/drill
  apart "$scratch/copy" "$HOST" --force-new-cluster -- snapshot save "$from/etcd/snapshot.db" > /dev/null || fail 'etcd cannot read what is here; nothing was changed'
  rm -rf "$scratch/copy"
  whole "$from/etcd/snapshot.db" || fail 'what was read is broken'
}

# revision: how far this machine's etcd has got; it stands still from here on.
revision() {
  programs
  survivor
  say "revision $(value revision < "$scratch/out")"
}

# The control plane stops, as kubelet runs what lies in its folder.
parked=/etc/kubernetes/manifests-parked
park() {
  for part in etcd kube-apiserver kube-controller-manager kube-scheduler; do
    [ -e "$kubernetes/manifests/$part.yaml" ] || continue
    mkdir -p "$parked"
    mv "$kubernetes/manifests/$part.yaml" "$parked"
  done
  for _ in $(seq 120); do
    [ -n "$(ss -Hltn '( sport = :2379 or sport = :2380 or sport = :6443 )')" ] || return 0
    sleep 1
  done
  fail 'etcd or the API server does not stop; look at: journalctl -u kubelet'
}
unpark() {
  mv "$parked"/*.yaml $kubernetes/manifests
  rmdir "$parked"
  say 'waiting for the API server'
  api="kubectl --kubeconfig $kubernetes/admin.conf --server https://$ADDRESS:6443"
  for _ in $(seq 180); do
    if timeout 5 $api get --raw /readyz > /dev/null 2>&1; then
      for node in "$@"; do $api delete node "$node" --ignore-not-found; done
      say 'done: the API server answers'
      return 0
    fi
    sleep 1
  done
  fail 'the API server does not answer; look at: journalctl -u kubelet'
}
