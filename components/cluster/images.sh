# shellcheck shell=sh
# On a machine: images are there before the first pod asks for them. CERTS: how containerd reaches registries.
: "${IMAGES:?}" "${CERTS:?}"
for image in $IMAGES; do
  ctr -n k8s.io images ls -q | grep -Fqx "$image" ||
    ctr -n k8s.io images pull --hosts-dir "$CERTS" "$image" > /var/log/slipway-images.log 2>&1 ||
    fail "$image could not be pulled; what came:" "$(tail -n 5 /var/log/slipway-images.log)"
done
