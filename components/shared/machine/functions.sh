# shellcheck shell=sh
# Functions of phases, and of services that do the same between them.
fail() { printf '%s\n' "$@" >&2; exit 1; }

# put MODE PATH TEXT: a file, whole or not at all.
changes=
put() {
  mkdir -p "$(dirname "$2")"
  printf '%s\n' "$3" > "$2.slipway"
  chmod "$1" "$2.slipway"
  if cmp -s "$2.slipway" "$2"; then rm "$2.slipway"; else mv "$2.slipway" "$2"; changes="$changes $2"; fi
}

# changed PATH: whether what was put there, or below it, is something else than before.
changed() { case $changes in *" $1"*) ;; *) return 1 ;; esac; }

# unpack FOLDER: puts standard input there, each file after a line with its name, for root alone.
unpack() (
  umask 077
  mkdir -p "$1"
  cd "$1" || exit
  awk '/^>>> / { file = $2; next } { print > file }'
)

# is_in WORD LIST: whether it is one of the words there.
is_in() { case " $2 " in *" $1 "*) ;; *) return 1 ;; esac; }
