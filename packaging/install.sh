#!/bin/sh
# Puts Vaultbar in its place, or takes it out again. `make install` and `make
# uninstall` call it, each package is made of what it installs, and a tarball has it
# at its top. Both ways walk the one list in every_file, so that uninstall removes
# what install put there and nothing else.
#
#     install.sh [install|uninstall]
#
# PREFIX is where the system will see it, DESTDIR what stands in front of that for
# packages, BIN where the programs were built, OS the system as the go command
# names it. A package for another machine needs two more: RUNS, a vaultbar that runs
# here, and MADE, the folder of what is drawn and written for it, which a tarball
# has and a work tree makes.
set -eu
cd "$(dirname "$0")"
[ -d packaging ] || cd ..
: "${PREFIX:=/usr/local}" "${DESTDIR:=}" "${BIN:=bin}" "${OS:=linux}" "${GO:=go}" "${RUNS:=}" "${MADE:=}"

die() {
  echo "install: $1" >&2
  exit 2
}

case $PREFIX in
  /*) ;;
  *) die "PREFIX must be an absolute path, not \"$PREFIX\"" ;;
esac
# The path goes into desktop entries, units and XML, which each quote in a way of their own.
case $PREFIX in
  *[\"\'\\\$\`%\&\<\>\|\;]*) die "PREFIX has a character that desktop entries cannot hold: $PREFIX" ;;
esac

exe=
[ "$OS" != windows ] || exe=.exe
to=$DESTDIR$PREFIX
share=$to/share
: "${RUNS:=$BIN/vaultbar$exe}"

# every_file calls `put MODE TARGET COMMAND…` for each file; the command writes the
# file to its standard output.
every_file() {
  put 755 "$to/bin/vaultbar$exe" cat "$BIN/vaultbar$exe"
  put 755 "$to/bin/vaultbar-app$exe" cat "$BIN/vaultbar-app$exe"
  put 644 "$share/bash-completion/completions/vaultbar" "$RUNS" completion bash
  put 644 "$share/zsh/site-functions/_vaultbar" "$RUNS" completion zsh
  put 644 "$share/fish/vendor_completions.d/vaultbar.fish" "$RUNS" completion fish
  for name in vaultbar.zsh vaultbar.bash vaultbar.fish vaultbar.ps1 README.md; do
    put 644 "$share/vaultbar/shell/$name" cat "packaging/shell/$name"
  done
  for name in README.md compose.yaml compose.desktop.yaml devcontainer.json; do
    put 644 "$share/vaultbar/docker/$name" cat "packaging/docker/$name"
  done
  for path in packaging/docs/*.md CHANGELOG.md LICENSE; do
    put 644 "$share/doc/vaultbar/${path##*/}" cat "$path"
  done
  [ "$OS" = windows ] || manual
  case $OS in
    darwin)
      put 644 "$share/vaultbar/vaultbar-links.applescript" filled packaging/macos/vaultbar-links.applescript
      ;;
    windows) put 644 "$share/vaultbar/vaultbar-links.reg" registry packaging/windows/vaultbar-links.reg ;;
    *) desktop_files ;;
  esac
}

# manual puts the pages there. Those that go are found where they are: only the
# program that is taken out knew their names.
manual() {
  pages=$share/man/man1
  [ -z "$MADE" ] || pages=$MADE/man1
  put 644 "$share/man/man1/vaultbar-app.1" cat packaging/docs/vaultbar-app.1
  for page in "$pages"/vaultbar.1 "$pages"/vaultbar-*.1; do
    put 644 "$share/man/man1/${page##*/}" cat "$page"
  done
}

desktop_files() {
  put 644 "$share/applications/vaultbar.desktop" entry packaging/linux/vaultbar.desktop
  put 644 "$share/applications/vaultbar-link.desktop" entry packaging/linux/vaultbar-link.desktop
  put 644 "$share/systemd/user/vaultbar.service" filled packaging/linux/vaultbar.service
  put 644 "$share/systemd/user/vaultbar.socket" cat packaging/linux/vaultbar.socket
  put 644 "$share/gnome-shell/search-providers/vaultbar.ini" cat packaging/linux/gnome-search-provider.ini
  put 644 "$share/krunner/dbusplugins/vaultbar.desktop" cat packaging/linux/krunner.desktop
  for size in 16x16 22x22 24x24 32x32 48x48 64x64 128x128 256x256; do
    put 644 "$share/icons/hicolor/$size/apps/vaultbar.png" cat "$MADE/hicolor/$size/apps/vaultbar.png"
  done
}

# filled is a file of ours with the folders of the programs and of the data put in.
filled() { sed -e "s|@BINDIR@|$PREFIX/bin|g" -e "s|@SHARE@|$PREFIX/share/vaultbar|g" "$1"; }

# registry is a registry file of ours with the program's path as Windows has it, in
# which the file doubles each backslash: /c/Users/ann is C:\\Users\\ann.
registry() {
  path=$PREFIX/bin/vaultbar-app.exe
  case $path in
    /[A-Za-z]/*) path=$(printf '%s' "$path" | cut -c2 | tr a-z A-Z):$(printf '%s' "$path" | cut -c3-) ;;
    *) if command -v cygpath >/dev/null; then path=$(cygpath -m "$path"); fi ;;
  esac
  sed -e "s|@PROGRAM@|$path|" -e '/^@=.*vaultbar-app\.exe/s|/|\\\\|g' "$1"
}

# entry is a desktop entry of ours, filled. The program's path is quoted only where
# it must be: xdg-open does not find a program that stands in quotes.
entry() {
  case $PREFIX in
    *[!A-Za-z0-9/._+@:,-]*) filled "$1" | sed 's|^Exec=\(.*/vaultbar[a-z-]*\)|Exec="\1"|' ;;
    *) filled "$1" ;;
  esac
}

# make_rest has the programs draw the icons and write the manual pages, in a folder
# of their own.
make_rest() {
  [ ! -d made ] || MADE=made
  if [ -n "$MADE" ]; then
    return
  fi
  MADE=$(mktemp -d)
  trap 'rm -rf "$MADE"' EXIT
  GOOS='' GOARCH='' CGO_ENABLED=0 "$GO" run ./tray/icon/internal/hicolor "$MADE"
  GOOS='' GOARCH='' CGO_ENABLED=0 "$GO" run ./cli/internal/manual "$MADE/man1"
}

# refresh tells the desktop of what is new. A package does that itself, so it is
# left out under DESTDIR.
refresh() {
  if [ -n "$DESTDIR" ] || [ ! -d "$share/applications" ]; then
    return
  fi
  if command -v update-desktop-database >/dev/null; then
    update-desktop-database -q "$share/applications" || true
    drop_empty_cache "$share/applications/mimeinfo.cache"
  fi
  touch "$share/icons/hicolor"
  if [ -e "$share/icons/hicolor/icon-theme.cache" ] && command -v gtk-update-icon-cache >/dev/null; then
    gtk-update-icon-cache -q -t -f "$share/icons/hicolor" || true
  fi
}

# drop_empty_cache removes a cache that has only its title left.
drop_empty_cache() {
  if [ -e "$1" ] && [ "$(cat "$1")" = "[MIME Cache]" ]; then
    rm -f "$1"
  fi
}

# next_steps says what is left to do after an installation.
next_steps() {
  echo "Installed in $PREFIX. Next:"
  case :$PATH: in
    *:"$PREFIX/bin":*) ;;
    *) echo "  PATH         add $PREFIX/bin to it: export PATH=\"$PREFIX/bin:\$PATH\"" ;;
  esac
  echo "  first key    vaultbar add NAME"
  echo "  completions  fish has them; bash has them with the package bash-completion;"
  echo "               zsh when $PREFIX/share/zsh/site-functions is in fpath before compinit"
  echo "  your shell   source $PREFIX/share/vaultbar/shell/vaultbar.bash (or .zsh, .fish, .ps1): a prompt, short names"
  case $OS in
    darwin) echo "  links        to have vaultbar:// links opened, do what the head of $share/vaultbar/vaultbar-links.applescript says" ;;
    windows) echo "  links        to have vaultbar:// links opened, run: reg import \"$share/vaultbar/vaultbar-links.reg\"" ;;
  esac
}

# dismiss ends the app that runs for whoever uninstalls, and takes it out of what
# starts at login, before its program goes.
dismiss() {
  if [ -n "$DESTDIR" ] || [ ! -x "$to/bin/vaultbar$exe" ]; then
    return
  fi
  if "$to/bin/vaultbar$exe" status >/dev/null 2>&1; then
    "$to/bin/vaultbar$exe" stop || true
  fi
  case $OS in
    darwin) entry=${HOME:-}/Library/LaunchAgents/com.github.vaultbar.vaultbar.plist ;;
    *) entry=${XDG_CONFIG_HOME:-${HOME:-}/.config}/autostart/vaultbar.desktop ;;
  esac
  if [ -f "$entry" ] && grep -qF "$PREFIX/bin/vaultbar-app" "$entry"; then
    # launchd listens for the app, and would start it for the next command.
    [ "$OS" != darwin ] || launchctl bootout "gui/$(id -u)/com.github.vaultbar.vaultbar" 2>/dev/null || true
    rm -f "$entry" && echo "No longer started at login: removed $entry."
  fi
}

# remains says what an uninstallation leaves, for it is the person's.
remains() {
  echo "Left as they are: the keys and sessions in the keychain, and the settings."
  config=${AWS_CONFIG_FILE:-${HOME:-}/.aws/config}
  if [ -f "$config" ] && lines=$(grep -n '^[[:space:]]*credential_process[[:space:]]*=.*vaultbar' "$config"); then
    echo "These lines of $config call vaultbar, and fail without it; delete them:"
    echo "$lines" | sed 's/^/  line /'
  fi
  for file in .bashrc .bash_profile .profile .zshrc .zprofile .config/fish/config.fish; do
    if lines=$(grep -n '^[^#]*vaultbar' "${HOME:-}/$file" 2>/dev/null); then
      echo "These lines of $HOME/$file use vaultbar; delete them:"
      echo "$lines" | sed 's/^/  line /'
    fi
  done
  (IFS=:; for dir in $PATH; do
    if [ -L "$dir/aws-vault" ] && [ ! -e "$dir/aws-vault" ]; then
      echo "$dir/aws-vault leads nowhere now: delete it."
    fi
  done)
  for wants in graphical-session.target.wants/vaultbar.service sockets.target.wants/vaultbar.socket; do
    unit=${XDG_CONFIG_HOME:-${HOME:-}/.config}/systemd/user/$wants
    if [ -e "$unit" ] || [ -L "$unit" ]; then
      echo "systemd starts it still: systemctl --user disable ${wants##*/}"
    fi
  done
  case $OS in
    darwin)
      if [ -d "${HOME:-}/Applications/Vaultbar Links.app" ]; then
        echo "The application that opens links is still there: $HOME/Applications/Vaultbar Links.app"
      fi
      ;;
    windows)
      printf '%s\n' 'What Windows starts at login and opens links with is in its registry still, if you had it so:' \
        '  reg delete HKCU\Software\Microsoft\Windows\CurrentVersion\Run /v Vaultbar' '  reg delete HKCU\Software\Classes\vaultbar'
      ;;
  esac
  if [ -n "${SUDO_USER:-}" ]; then
    echo "An app that runs for $SUDO_USER keeps running until you quit it from its menu."
  fi
}

do=${1:-install}
case $do in
  install)
    # A file is written aside and renamed: a program that runs keeps its old one.
    put() {
      mode=$1 target=$2
      shift 2
      [ -d "${target%/*}" ] || mkdir -p "${target%/*}"
      "$@" > "$target.new" || { rm -f "$target.new"; die "cannot write $target"; }
      chmod "$mode" "$target.new"
      mv -f "$target.new" "$target"
    }
    [ "$OS" = windows ] || make_rest
    ;;
  uninstall)
    dismiss
    put() { rm -f "$2"; }
    ;;
  *) die "usage: $0 [install|uninstall]" ;;
esac
umask 022
every_file
if [ "$do" = uninstall ]; then
  for folder in "$share/vaultbar/shell" "$share/vaultbar/docker" "$share/vaultbar" "$share/doc/vaultbar"; do
    rmdir "$folder" 2>/dev/null || true
  done
fi
case $OS in darwin | windows) ;; *) refresh ;; esac
# Under DESTDIR there is nobody to tell: that is a package.
if [ -z "$DESTDIR" ]; then
  case $do in
    install) next_steps ;;
    uninstall) remains ;;
  esac
fi
