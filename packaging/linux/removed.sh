#!/bin/sh
# Runs when the package was removed, and says what is left: it is the person's. It
# changes nothing.
#
# Debian calls it with remove, purge or upgrade, rpm with how many versions remain,
# Arch with the version that was removed, Alpine with nothing.
set -eu

# programs says which app goes on for whom.
programs() {
  for exe in /proc/[0-9]*/exe; do
    case $(readlink "$exe" 2>/dev/null) in
      */bin/vaultbar-app | *"/bin/vaultbar-app (deleted)") ;;
      *) continue ;;
    esac
    process=${exe%/exe}
    echo "vaultbar: the app that runs for $(stat -c %U "$process" 2>/dev/null || echo somebody) goes on until it is ended: kill ${process#/proc/}"
  done
}

# data says what is in the homes, by name only: it is not root's to read.
data() {
  echo "vaultbar: left as they are, for they are the person's: the keys and sessions in each keychain, and"
  while IFS=: read -r name _ uid _ _ home _; do
    if [ "$uid" -ne 0 ] && [ "$uid" -lt 1000 ] || [ ! -d "$home" ]; then
      continue
    fi
    for path in .config/vaultbar .local/state/vaultbar .local/share/vaultbar .cache/vaultbar \
      .config/autostart/vaultbar.desktop .config/systemd/user/graphical-session.target.wants/vaultbar.service \
      .config/systemd/user/sockets.target.wants/vaultbar.socket .config/systemd/user/vaultbar.service.d; do
      if [ -e "$home/$path" ] || [ -L "$home/$path" ]; then
        echo "vaultbar:   $home/$path"
      fi
    done
    for path in .local/bin/aws-vault bin/aws-vault; do
      case $(readlink "$home/$path" 2>/dev/null) in
        vaultbar | */vaultbar) echo "vaultbar:   $home/$path, a link to vaultbar that leads nowhere now" ;;
      esac
    done
    config=$home/.aws/config
    if [ -f "$config" ] && lines=$(grep -n '^[[:space:]]*credential_process[[:space:]]*=.*vaultbar' "$config" 2>/dev/null | cut -d: -f1 | tr '\n' ' ') && [ -n "$lines" ]; then
      echo "vaultbar:   $config, which calls vaultbar in line ${lines% }: $name deletes these lines"
    fi
    for file in .bashrc .bash_profile .profile .zshrc .zprofile .config/fish/config.fish; do
      if grep -q '^[^#]*vaultbar' "$home/$file" 2>/dev/null; then
        echo "vaultbar:   $home/$file, which uses vaultbar: $name deletes these lines"
      fi
    done
  done </etc/passwd
}

case ${1:-0} in
  upgrade | failed-upgrade | abort-* | disappear | [1-9]) ;;
  purge) data ;;
  remove) programs ;;
  *)
    programs
    data
    ;;
esac
