# shellcheck shell=bash
# What bash runs at each Tab. Needs nothing but bash, and evaluates nothing that was typed: a command line may hold what its
# writer has not yet decided to run.
_slipway() {
  local words=() word value _
  # Bash takes --stack=uat for three words.
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    [[ $word == = ]] || words+=("$word")
  done
  [[ ${COMP_WORDS[COMP_CWORD]} == = ]] && words+=("")
  COMPREPLY=()
  while IFS=$'\t' read -r value _; do
    [[ $value == :* ]] || COMPREPLY+=("$value")
  done < <(slipway complete -- "${words[@]}" 2> /dev/null)
}
complete -F _slipway slipway
