# shellcheck shell=sh
# On a control plane: takes away the edges' login, NAME in HOME, and its rights where LABEL is on them, but in NAMESPACES; makes
# it anew from OBJECTS where there are any. What of it the edges need is on standard output: each file after a line with its
# name. A namespace that is not there yet is made, with nothing in it that whoever declares it later would have to take back.
# The cluster remembers, in an annotation, REMEMBERED.
: "${NAME:?}" "${HOME_NAMESPACE:?}" "${LABEL:?}" "${NAMESPACES?}" "${OBJECTS?}" "${REMEMBERED:?}"
for namespace in $NAMESPACES; do
  k get namespace "$namespace" > /dev/null 2>&1 || k create namespace "$namespace" > /dev/null
done
k get rolebindings -A -l "$LABEL" -o jsonpath='{range .items[*]}{.metadata.namespace}{"\n"}{end}' |
  while read -r namespace; do
    is_in "$namespace" "$NAMESPACES" || k -n "$namespace" delete rolebinding,role "$NAME" > /dev/null < /dev/null
  done
k -n "$HOME_NAMESPACE" delete secret "$NAME" --ignore-not-found > /dev/null
remember() { k annotate namespace "$HOME_NAMESPACE" --overwrite "$REMEMBERED" > /dev/null; }
if [ -z "$OBJECTS" ]; then
  k -n "$HOME_NAMESPACE" delete serviceaccount "$NAME" --ignore-not-found > /dev/null
  remember
else
  printf '%s\n' "$OBJECTS" | k apply -f - > /dev/null
  for _ in $(seq 60); do
    token=$(k -n "$HOME_NAMESPACE" get secret "$NAME" -o jsonpath='{.data.token}' | base64 -d)
    [ -z "$token" ] || break
    sleep 0.5
  done
  [ -n "$token" ] || fail 'no token was made within 30 s; look at: the controller manager'
  remember
  echo '>>> authorization'
  echo "Authorization: Bearer $token"
  echo '>>> ca.crt'
  cat /etc/kubernetes/pki/ca.crt
fi
