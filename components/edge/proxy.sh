# shellcheck shell=sh
# HAProxy on an edge. Standard input has the certificates with their keys. NodePorts have files of their own beside; those that
# no project has any more go, PORTS stay. Certificates that are followed, FOLLOWED, stay as they are: HOSTS has a line
# `file host` for each.
: "${CONFIG:?}" "${PROJECTS?}" "${PORTS?}" "${FOLLOWED?}" "${HOSTS?}" "${MARKS:?}"
change() {
  for file in certificates/*; do
    is_in "$file" "$FOLLOWED" || rm -f "$file"
  done
  (
    umask 077
    mkdir -p certificates
    unpack .
    while read -r file host; do
      [ -z "$file" ] || [ -s "$file" ] || placeholder "$file" "$host"
    done << END
$HOSTS
END
  )
  put 0644 00-edge.cfg "$CONFIG"
  put 0644 projects.map "$PROJECTS"
  for file in port-*.cfg; do
    is_in "$file" "$PORTS" || rm -f "$file" "$MARKS/edge-${file%.cfg}"
  done
}

# placeholder FILE HOST: what HTTPS is answered with until there is a certificate; HAProxy would not start without.
placeholder() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=placeholder \
    -addext "subjectAltName=DNS:$2" -keyout "$1" -out placeholder 2> /dev/null < /dev/null
  cat placeholder >> "$1"
  rm placeholder
}
change_proxy
systemctl enable -q haproxy
