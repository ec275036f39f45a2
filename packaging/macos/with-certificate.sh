#!/bin/sh
# Runs a command with a certificate to sign with and an account of Apple's to notarize
# with, which are in the environment only, as on a server; a person has both in the
# keychain and has no need of it.
#
#   packaging/macos/with-certificate.sh packaging/macos/notarize.sh Vaultbar.app Vaultbar.zip
#
# CERTIFICATE is PKCS 12 in base64, CERTIFICATE_PASSWORD its password; NOTARY_KEY, NOTARY_KEY_ID
# and NOTARY_ISSUER are an API key of App Store Connect. They are in a keychain of its own
# and in files of its own until the command has ended.
set -eu
: "${CERTIFICATE:?is not set}" "${CERTIFICATE_PASSWORD:?is not set}"
: "${NOTARY_KEY:?is not set}" "${NOTARY_KEY_ID:?is not set}" "${NOTARY_ISSUER:?is not set}"
umask 077
work=$(mktemp -d)
keychain=$work/release.keychain-db
trap 'security delete-keychain "$keychain" 2>/dev/null || true; rm -rf "$work"' EXIT
printf '%s' "$CERTIFICATE" | base64 --decode > "$work/certificate.p12"
printf '%s' "$NOTARY_KEY" > "$work/notary.p8"
password=$(uuidgen)
security create-keychain -p "$password" "$keychain"
security set-keychain-settings "$keychain" # never locks by itself
security unlock-keychain -p "$password" "$keychain"
security import "$work/certificate.p12" -f pkcs12 -P "$CERTIFICATE_PASSWORD" -T /usr/bin/codesign -k "$keychain"
# Without this codesign asks a person.
security set-key-partition-list -S apple-tool:,apple: -s -k "$password" "$keychain" >/dev/null
security list-keychains -d user -s "$keychain" login.keychain-db
xcrun notarytool store-credentials vaultbar --key "$work/notary.p8" --key-id "$NOTARY_KEY_ID" --issuer "$NOTARY_ISSUER" --keychain "$keychain"
unset CERTIFICATE CERTIFICATE_PASSWORD NOTARY_KEY
NOTARY_PROFILE=vaultbar NOTARY_KEYCHAIN=$keychain "$@"
