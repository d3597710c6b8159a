# shellcheck shell=sh
# Takes back what containerd was told of registries, but for the files in KEEP. OURS: first line of what is ours in CERTS.
: "${KEEP?}" "${OURS:?}" "${CERTS:?}" "${AUTHORITIES:?}"
for file in "$AUTHORITIES"/*.pem $(grep -lx "$OURS" "$CERTS"/*/hosts.toml 2> /dev/null); do
  is_in "$file" "$KEEP" || rm -f "$file"
done
