# shellcheck shell=sh
# Starts containerd, anew when CONFIG was put there and is something else than before.
: "${CONFIG:?}"
containerd config dump > /dev/null || fail "containerd refuses $CONFIG"
systemctl enable -q containerd kubelet
if changed "$CONFIG"; then systemctl restart containerd; else systemctl start containerd; fi
for _ in $(seq 30); do ctr version > /dev/null 2>&1 && break; sleep 1; done
ctr version > /dev/null || fail 'containerd does not answer; look at: journalctl -u containerd'
