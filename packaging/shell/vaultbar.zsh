# Vaultbar in zsh. In ~/.zshrc:
#
#   source /path/to/vaultbar.zsh
#   setopt prompt_subst
#   RPROMPT='$VAULTBAR_PROMPT'
#
# README.md beside this file has the names it defines.

zmodload zsh/datetime
autoload -Uz add-zsh-hook

# Names that are aliases already, such as those of a plugin for aws-vault, would
# be used instead of ours.
unalias av ave avl avll avli avr avsh avp awsp 2>/dev/null

function av { command vaultbar "$@" }
function ave { command vaultbar exec "$@" }
function avl { command vaultbar login "$@" }
function avll { command vaultbar login --stdout "$@" }
function avli { command vaultbar login --isolated "$@" }
function avsh { command vaultbar exec "$@" -- zsh }
function avp { command vaultbar list "$@" }

# avr renews the credentials of this shell, which has them from vaultbar exec.
function avr {
  emulate -L zsh
  local text
  if [[ -z $AWS_VAULT ]]; then
    print -ru2 -- 'avr: this shell has no credentials of vaultbar exec'
    return 3
  fi
  text=$(command vaultbar export --format=export-env "$@" -- "$AWS_VAULT") && eval "$text"
}

# awsp sets AWS_PROFILE: awsp PROFILE, awsp (asks), awsp --none (takes it away).
function awsp {
  emulate -L zsh
  local -a names
  local REPLY name=$1 PROMPT3='profile: '
  if [[ $name == --none ]]; then
    unset AWS_PROFILE
    return 0
  fi
  names=("${(@f)$(command vaultbar list --profiles)}") || return
  if (( ! $# )); then
    select name in $names; do
      [[ -n $name ]] && break
    done
    [[ -n $name ]] || return 1
  fi
  if (( ! ${names[(Ie)$name]} )); then
    print -ru2 -- "awsp: no profile ${(qqq)name}"
    return 3
  fi
  [[ -n $AWS_VAULT ]] && print -ru2 -- "awsp: this shell has credentials of ${(qqq)AWS_VAULT}, which count before AWS_PROFILE"
  export AWS_PROFILE=$name
}

# _vaultbar_epoch sets REPLY to the seconds of a time such as 2026-11-23T17:42:00Z.
function _vaultbar_epoch {
  emulate -L zsh
  local match mbegin mend MATCH MBEGIN MEND
  [[ $1 =~ '^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?(Z|([+-])([0-9]{2}):([0-9]{2}))$' ]] || return 1
  local -i y=10#$match[1] m=10#$match[2] d=10#$match[3] days off=0
  (( m <= 2 )) && (( y -= 1, m += 12 ))
  (( days = 365*y + y/4 - y/100 + y/400 + (153*(m-3) + 2)/5 + d - 719469 ))
  [[ -n $match[9] ]] && (( off = (10#$match[10]*60 + 10#$match[11])*60 ))
  [[ $match[9] == - ]] && (( off = -off ))
  REPLY=$(( days*86400 + 10#$match[4]*3600 + 10#$match[5]*60 + 10#$match[6] - off ))
}

# _vaultbar_prompt sets VAULTBAR_PROMPT before each prompt, and starts no process.
function _vaultbar_prompt {
  emulate -L zsh
  typeset -g VAULTBAR_PROMPT=
  [[ -n $AWS_VAULT ]] || return 0
  local REPLY name=${AWS_VAULT//[[:cntrl:]]/?} left=
  if _vaultbar_epoch "$AWS_CREDENTIAL_EXPIRATION"; then
    local -i minutes=$(( REPLY - EPOCHSECONDS ))
    if (( minutes <= 0 )); then
      left=' ended'
    elif (( (minutes /= 60) == 0 )); then
      left=' <1m'
    elif (( minutes < 60 )); then
      left=" ${minutes}m"
    else
      left=" $(( minutes / 60 ))h$(( minutes % 60 ))m"
    fi
  fi
  [[ $name == ${AWS_VAULT_PL_DEFAULT_PROFILE-default} ]] && name= || name=" $name"
  VAULTBAR_PROMPT="${AWS_VAULT_PL_CHAR-☁}${name//\%/%%}$left"
  [[ -n $VAULTBAR_PROTECTED ]] && VAULTBAR_PROMPT="%B%F{red}$VAULTBAR_PROMPT (protected)%f%b"
  return 0
}
add-zsh-hook precmd _vaultbar_prompt

# _vaultbar_dir sets AWS_PROFILE in a folder whose .vaultbar is trusted, and puts back
# what was there on leaving it. Where there is no such file it starts no process.
function _vaultbar_dir {
  emulate -L zsh
  [[ -z $AWS_VAULT && $PWD == /* ]] || return 0
  local dir=$PWD file= name=
  while true; do
    [[ -f $dir/.vaultbar ]] && file=$dir/.vaultbar
    [[ -n $file || $dir == / || $dir == ${HOME%/} ]] && break
    dir=${dir:h}
  done
  if [[ -z $file ]]; then
    _vaultbar_dir_said=
  elif [[ $file == $_vaultbar_dir_said ]]; then
    name=$(command vaultbar dir --name 2>/dev/null)
  else
    name=$(command vaultbar dir --name)
    _vaultbar_dir_said=$file
  fi
  [[ -n $name ]] && _vaultbar_dir_said=
  [[ "in $file $name" == $_vaultbar_dir_in ]] && return 0 # what was done by hand since then stays
  _vaultbar_dir_in="in $file $name"
  if (( ! $+_vaultbar_dir_own )); then
    [[ -n $VAULTBAR_DIR_PROFILE ]] && _vaultbar_dir_own=$VAULTBAR_DIR_BEFORE || _vaultbar_dir_own=$AWS_PROFILE
  fi
  if [[ -n $VAULTBAR_DIR_PROFILE && $AWS_PROFILE == $VAULTBAR_DIR_PROFILE ]]; then
    if [[ -n $VAULTBAR_DIR_BEFORE ]]; then export AWS_PROFILE=$VAULTBAR_DIR_BEFORE; else unset AWS_PROFILE; fi
  fi
  unset VAULTBAR_DIR_PROFILE VAULTBAR_DIR_BEFORE
  if [[ -n $name && ( -z $AWS_PROFILE || $AWS_PROFILE == $_vaultbar_dir_own ) ]]; then
    export VAULTBAR_DIR_PROFILE=$name VAULTBAR_DIR_BEFORE=$AWS_PROFILE AWS_PROFILE=$name
  fi
}
add-zsh-hook precmd _vaultbar_dir
add-zsh-hook chpwd _vaultbar_dir

# The segment under the name that themes made for aws-vault's plugin call.
function prompt_aws_vault_segment {
  _vaultbar_prompt
  print -rn -- "$VAULTBAR_PROMPT"
}

function _vaultbar_profiles {
  local -a names
  names=("${(@f)$(command vaultbar list --profiles 2>/dev/null)}")
  (( CURRENT == 2 )) && compadd -a names || _default
}
(( $+functions[compdef] )) && compdef _vaultbar_profiles ave avl avll avli avsh awsp
