# Vaultbar in bash. In ~/.bashrc:
#
#   source /path/to/vaultbar.bash
#   PS1='\w ${VAULTBAR_PROMPT} \$ '
#
# README.md beside this file has the names it defines.

# Names that are aliases already would be used instead of ours.
unalias av ave avl avll avli avr avsh avp awsp 2>/dev/null

function av { command vaultbar "$@"; }
function ave { command vaultbar exec "$@"; }
function avl { command vaultbar login "$@"; }
function avll { command vaultbar login --stdout "$@"; }
function avli { command vaultbar login --isolated "$@"; }
function avsh { command vaultbar exec "$@" -- bash; }
function avp { command vaultbar list "$@"; }

# avr renews the credentials of this shell, which has them from vaultbar exec.
function avr {
  local text
  if [[ -z ${AWS_VAULT-} ]]; then
    printf 'avr: this shell has no credentials of vaultbar exec\n' >&2
    return 3
  fi
  text=$(command vaultbar export --format=export-env "$@" -- "$AWS_VAULT") && eval "$text"
}

# _vaultbar_names sets names, a variable of its caller, to the profiles.
function _vaultbar_names {
  local list line
  names=()
  list=$(command vaultbar list --profiles) || return
  while IFS= read -r line; do
    [[ -n $line ]] && names+=("$line")
  done <<<"$list"
}

# awsp sets AWS_PROFILE: awsp PROFILE, awsp (asks), awsp --none (takes it away).
function awsp {
  local names name other REPLY PS3='profile: '
  name=${1-}
  if [[ $name == --none ]]; then
    unset AWS_PROFILE
    return 0
  fi
  _vaultbar_names || return
  if (($# == 0)); then
    select name in "${names[@]}"; do
      [[ -n $name ]] && break
    done
    [[ -n $name ]] || return 1
  fi
  for other in "${names[@]}"; do
    [[ $other == "$name" ]] || continue
    [[ -n ${AWS_VAULT-} ]] && printf 'awsp: this shell has credentials of %q, which count before AWS_PROFILE\n' "$AWS_VAULT" >&2
    export AWS_PROFILE=$name
    return 0
  done
  printf 'awsp: no profile %q\n' "$name" >&2
  return 3
}

# _vaultbar_epoch sets epoch, a variable of its caller, to the seconds of a time
# such as 2026-11-23T17:42:00Z.
function _vaultbar_epoch {
  local shape='^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?(Z|([+-])([0-9]{2}):([0-9]{2}))$'
  [[ $1 =~ $shape ]] || return 1
  local -i y=10#${BASH_REMATCH[1]} m=10#${BASH_REMATCH[2]} d=10#${BASH_REMATCH[3]} days off=0
  ((m <= 2)) && ((y -= 1, m += 12))
  ((days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * (m - 3) + 2) / 5 + d - 719469))
  [[ -n ${BASH_REMATCH[9]} ]] && ((off = (10#${BASH_REMATCH[10]} * 60 + 10#${BASH_REMATCH[11]}) * 60))
  [[ ${BASH_REMATCH[9]} == - ]] && ((off = -off))
  ((epoch = days * 86400 + 10#${BASH_REMATCH[4]} * 3600 + 10#${BASH_REMATCH[5]} * 60 + 10#${BASH_REMATCH[6]} - off))
  return 0
}

# _vaultbar_now sets now, a variable of its caller. Before 4.2, as macOS has it,
# bash cannot tell the time without a process, and no time is shown.
function _vaultbar_now {
  if [[ -n ${EPOCHSECONDS-} ]]; then
    now=$EPOCHSECONDS
    return 0
  fi
  ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 402)) && printf -v now '%(%s)T' -1
}

# _vaultbar_prompt sets VAULTBAR_PROMPT before each prompt, and starts no process.
# It keeps the last command's status for what comes after it.
function _vaultbar_prompt {
  local -i status=$? epoch=0 now=0 minutes
  local name=${AWS_VAULT-} left=
  VAULTBAR_PROMPT=
  [[ -n $name ]] || return "$status"
  name=${name//[[:cntrl:]]/?}
  if _vaultbar_epoch "${AWS_CREDENTIAL_EXPIRATION-}" && _vaultbar_now; then
    ((minutes = epoch - now))
    if ((minutes <= 0)); then
      left=' ended'
    elif (((minutes /= 60) == 0)); then
      left=' <1m'
    elif ((minutes < 60)); then
      left=" ${minutes}m"
    else
      left=" $((minutes / 60))h$((minutes % 60))m"
    fi
  fi
  if [[ $name == "${AWS_VAULT_PL_DEFAULT_PROFILE-default}" ]]; then name=; else name=" $name"; fi
  VAULTBAR_PROMPT="${AWS_VAULT_PL_CHAR-☁}$name$left"
  # What is between \001 and \002 takes no place on the line, as \[ and \] say it in PS1.
  [[ -n ${VAULTBAR_PROTECTED-} ]] && VAULTBAR_PROMPT=$'\001\e[1;31m\002'"$VAULTBAR_PROMPT (protected)"$'\001\e[0m\002'
  return "$status"
}

# _vaultbar_dir sets AWS_PROFILE in a folder whose .vaultbar is trusted, and puts back
# what was there on leaving it. Where there is no such file it starts no process. It
# keeps the last command's status.
function _vaultbar_dir {
  local -i status=$?
  local dir=$PWD file= name=
  [[ -z ${AWS_VAULT-} && $dir == /* ]] || return "$status"
  while :; do
    [[ -f $dir/.vaultbar ]] && file=$dir/.vaultbar
    [[ -n $file || -z $dir || $dir == "${HOME%/}" ]] && break
    dir=${dir%/*}
  done
  if [[ -z $file ]]; then
    _vaultbar_dir_said=
  elif [[ $file == "${_vaultbar_dir_said-}" ]]; then
    name=$(command vaultbar dir --name 2>/dev/null)
  else
    name=$(command vaultbar dir --name)
    _vaultbar_dir_said=$file
  fi
  [[ -n $name ]] && _vaultbar_dir_said=
  [[ "in $file $name" == "${_vaultbar_dir_in-}" ]] && return "$status" # what was done by hand since then stays
  _vaultbar_dir_in="in $file $name"
  if [[ -z ${_vaultbar_dir_own+set} ]]; then
    if [[ -n ${VAULTBAR_DIR_PROFILE-} ]]; then _vaultbar_dir_own=${VAULTBAR_DIR_BEFORE-}; else _vaultbar_dir_own=${AWS_PROFILE-}; fi
  fi
  if [[ -n ${VAULTBAR_DIR_PROFILE-} && ${AWS_PROFILE-} == "$VAULTBAR_DIR_PROFILE" ]]; then
    if [[ -n ${VAULTBAR_DIR_BEFORE-} ]]; then export AWS_PROFILE=$VAULTBAR_DIR_BEFORE; else unset AWS_PROFILE; fi
  fi
  unset VAULTBAR_DIR_PROFILE VAULTBAR_DIR_BEFORE
  if [[ -n $name && (-z ${AWS_PROFILE-} || $AWS_PROFILE == "$_vaultbar_dir_own") ]]; then
    export VAULTBAR_DIR_PROFILE=$name VAULTBAR_DIR_BEFORE=${AWS_PROFILE-} AWS_PROFILE=$name
  fi
  return "$status"
}
case ";${PROMPT_COMMAND[*]-};" in
*_vaultbar_dir*) ;;
*) PROMPT_COMMAND="_vaultbar_dir;_vaultbar_prompt${PROMPT_COMMAND:+;$PROMPT_COMMAND}" ;;
esac

function _vaultbar_complete {
  COMPREPLY=()
  ((COMP_CWORD == 1)) || return 0
  local names name quoted
  _vaultbar_names 2>/dev/null || return 0
  for name in "${names[@]}"; do
    printf -v quoted '%q' "$name"
    [[ $quoted == "$2"* || $name == "$2"* ]] && COMPREPLY+=("$quoted")
  done
}
complete -o default -F _vaultbar_complete ave avl avll avli avsh awsp
