# shellcheck shell=sh
# FROM: who installs packages: nobody (preinstalled), apt or dnf. APT_OPTIONS: of an installation by apt.
: "${FROM:?}" "${APT_OPTIONS?}"

# packages NAME…: installed, where somebody is to. One with a version, NAME=VERSION, is held there.
packages() {
  case $FROM in
    apt)
      apt-get -q update < /dev/null
      # shellcheck disable=SC2086 # none, or one
      DEBIAN_FRONTEND=noninteractive apt-get -q install --yes --no-install-recommends $APT_OPTIONS "$@" < /dev/null
      for package; do
        case $package in *=*) apt-mark hold "${package%%=*}" ;; esac
      done
      ;;
    dnf) dnf -q install -y "$@" < /dev/null ;;
  esac
}

# programs NAME…: sees that they are there.
programs() {
  for program; do
    command -v "$program" > /dev/null || fail "$program is not installed"
  done
}
