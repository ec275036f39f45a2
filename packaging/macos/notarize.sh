#!/bin/sh
# Signs Vaultbar.app with the hardened runtime, has Apple notarize it, and makes the
# archive that is given out. To be run on a Mac that has Xcode's tools:
#
#   packaging/macos/notarize.sh Vaultbar.app Vaultbar.zip
#
# SIGN_AS is the name of a "Developer ID Application" certificate in the keychain, and
# NOTARY_PROFILE what `xcrun notarytool store-credentials` called the account: so no
# password is on a command line or in the environment. NOTARY_KEYCHAIN is the keychain of
# the latter, if it is not the usual one.
set -eu
app=${1:?usage: notarize.sh APP ARCHIVE} archive=${2:?usage: notarize.sh APP ARCHIVE}
: "${SIGN_AS:?is not set: the name of a Developer ID Application certificate}"
: "${NOTARY_PROFILE:?is not set: see xcrun notarytool store-credentials}"
here=$(cd "$(dirname "$0")" && pwd)
# From the inside out: the signature of the application covers those within it.
for program in "$app"/Contents/MacOS/*; do
  codesign --force --timestamp --options runtime --entitlements "$here/entitlements.plist" --sign "$SIGN_AS" "$program"
done
codesign --force --timestamp --options runtime --entitlements "$here/entitlements.plist" --sign "$SIGN_AS" "$app"
codesign --verify --strict --deep "$app"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ditto -c -k --keepParent "$app" "$work/to-notarize.zip"
xcrun notarytool submit "$work/to-notarize.zip" --keychain-profile "$NOTARY_PROFILE" ${NOTARY_KEYCHAIN:+--keychain "$NOTARY_KEYCHAIN"} --wait
xcrun stapler staple "$app"
spctl --assess --type execute "$app"
ditto -c -k --keepParent "$app" "$archive"
