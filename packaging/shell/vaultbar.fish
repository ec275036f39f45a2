# Vaultbar in fish. In ~/.config/fish/config.fish:
#
#   source /path/to/vaultbar.fish
#   function fish_right_prompt; vaultbar_prompt; end
#
# README.md beside this file has the names it defines.

function av --wraps vaultbar
    command vaultbar $argv
end
function ave
    command vaultbar exec $argv
end
function avl
    command vaultbar login $argv
end
function avll
    command vaultbar login --stdout $argv
end
function avli
    command vaultbar login --isolated $argv
end
function avsh
    command vaultbar exec $argv -- fish
end
function avp
    command vaultbar list $argv
end

function avr --description 'Renew the credentials of this shell, which has them from vaultbar exec'
    if not set -q AWS_VAULT[1]
        echo 'avr: this shell has no credentials of vaultbar exec' >&2
        return 3
    end
    set -l text (command vaultbar export --format=fish $argv -- $AWS_VAULT)
    or return
    string join \n -- $text | source
end

function awsp --description 'Set AWS_PROFILE: awsp PROFILE, awsp (asks), awsp --none (takes it away)'
    set -l name $argv[1]
    if test "$name" = --none
        set -e AWS_PROFILE
        return 0
    end
    set -l names (command vaultbar list --profiles)
    or return
    if not set -q argv[1]
        set -l number 0
        for other in $names
            set number (math $number + 1)
            echo "$number) $other" >&2
        end
        read -P 'profile: ' number
        or return 1
        string match -qr '^[1-9][0-9]{0,5}$' -- $number
        and set name $names[$number]
        test -n "$name"
        or return 1
    end
    if not contains -- $name $names
        echo "awsp: no profile "(string escape -- $name) >&2
        return 3
    end
    if test -n "$AWS_VAULT"
        echo "awsp: this shell has credentials of "(string escape -- $AWS_VAULT)", which count before AWS_PROFILE" >&2
    end
    set -gx AWS_PROFILE $name
end

# __vaultbar_epoch prints the seconds of a time such as 2026-11-23T17:42:00Z.
function __vaultbar_epoch
    set -l part (string match -r '^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$' -- $argv[1])
    or return 1
    set -l y $part[2]
    set -l m $part[3]
    if test $m -le 2
        set y (math $y - 1)
        set m (math $m + 12)
    end
    set -l days (math "365 * $y + floor($y / 4) - floor($y / 100) + floor($y / 400) + floor((153 * ($m - 3) + 2) / 5) + $part[4] - 719469")
    set -l off 0
    set -q part[8]
    and set off (math "$part[8]1 * ($part[9] * 60 + $part[10]) * 60")
    math "$days * 86400 + $part[5] * 3600 + $part[6] * 60 + $part[7] - $off"
end

# __vaultbar_now prints the time. Fish has no clock of its own, but tells how long
# ago a file was changed, and when: both together are now. Before 3.6 it does not,
# and no time is shown.
function __vaultbar_now
    set -l when (path mtime / 2>/dev/null)
    and set -l ago (path mtime --relative / 2>/dev/null)
    and math "$when + $ago"
end

function vaultbar_prompt --description 'Print profile and time left; starts no process'
    test -n "$AWS_VAULT"
    or return 0
    set -l char ☁
    set -q AWS_VAULT_PL_CHAR
    and set char $AWS_VAULT_PL_CHAR
    set -l plain default
    set -q AWS_VAULT_PL_DEFAULT_PROFILE
    and set plain $AWS_VAULT_PL_DEFAULT_PROFILE
    set -l name (string replace -ra '[[:cntrl:]]' '?' -- "$AWS_VAULT" | string collect)
    if test "$name" = "$plain"
        set name
    else
        set name " $name"
    end
    if test -n "$VAULTBAR_PROTECTED"
        echo -n -s -- (set_color --bold red) $char $name (__vaultbar_left) ' (protected)' (set_color normal)
    else
        echo -n -s -- $char $name (__vaultbar_left)
    end
end

function __vaultbar_left
    set -l expiry (__vaultbar_epoch "$AWS_CREDENTIAL_EXPIRATION")
    and set -l now (__vaultbar_now)
    or return 0
    set -l seconds (math $expiry - $now)
    set -l minutes (math "floor($seconds / 60)")
    if test $seconds -le 0
        echo ' ended'
    else if test $minutes -eq 0
        echo ' <1m'
    else if test $minutes -lt 60
        echo " $minutes"m
    else
        echo " "(math "floor($minutes / 60)")h(math "$minutes % 60")m
    end
end

# __vaultbar_dir sets AWS_PROFILE in a folder whose .vaultbar is trusted, and puts back
# what was there on leaving it. Where there is no such file it starts no process.
function __vaultbar_dir --on-event fish_prompt --on-variable PWD
    status is-interactive
    and test -z "$AWS_VAULT"
    or return 0
    set -l home (string trim -r -c / -- "$HOME")
    set -l dir $PWD
    set -l file
    set -l name
    while true
        test -f "$dir/.vaultbar"
        and set file "$dir/.vaultbar"
        test -n "$file" -o -z "$dir" -o "$dir" = "$home"
        and break
        set dir (string replace -r '/[^/]*$' '' -- "$dir" | string collect)
    end
    if test -z "$file"
        set -g __vaultbar_dir_said
    else if test "$file" = "$__vaultbar_dir_said"
        set name (command vaultbar dir --name 2>/dev/null)
    else
        set name (command vaultbar dir --name)
        set -g __vaultbar_dir_said $file
    end
    test -n "$name"
    and set -g __vaultbar_dir_said
    test "in $file $name" = "$__vaultbar_dir_in" # what was done by hand since then stays
    and return 0
    set -g __vaultbar_dir_in "in $file $name"
    if not set -q __vaultbar_dir_own
        if test -n "$VAULTBAR_DIR_PROFILE"
            set -g __vaultbar_dir_own "$VAULTBAR_DIR_BEFORE"
        else
            set -g __vaultbar_dir_own "$AWS_PROFILE"
        end
    end
    if test -n "$VAULTBAR_DIR_PROFILE"; and test "$AWS_PROFILE" = "$VAULTBAR_DIR_PROFILE"
        if test -n "$VAULTBAR_DIR_BEFORE"
            set -gx AWS_PROFILE $VAULTBAR_DIR_BEFORE
        else
            set -eg AWS_PROFILE
        end
    end
    set -e VAULTBAR_DIR_PROFILE
    set -e VAULTBAR_DIR_BEFORE
    test -n "$name"
    and contains -- "$AWS_PROFILE" '' "$__vaultbar_dir_own"
    or return 0
    set -gx VAULTBAR_DIR_PROFILE $name
    set -gx VAULTBAR_DIR_BEFORE "$AWS_PROFILE"
    set -gx AWS_PROFILE $name
end

for command in ave avl avll avli avsh awsp
    complete -c $command -f -n 'test (count (commandline -opc)) -eq 1' -a '(command vaultbar list --profiles 2>/dev/null)'
end
