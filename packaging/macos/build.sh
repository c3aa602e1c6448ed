#!/bin/sh
# Makes wardkey.pkg of a folder of built programs: packaging/macos/build.sh FOLDER VERSION. See README.md.
set -eu

programs=$1
version=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

host=/Library/Wardkey/wardkey-host
mkdir -p "$work/root/Library/Wardkey"
install -m 755 "$programs/wardkey-host" "$work/root$host"
# The program itself says where browsers look, and what for.
"$programs/wardkey-host" install --system --root "$work/root" --host "$host"

if [ -n "${APPLICATION_IDENTITY:-}" ]; then
    codesign --force --options runtime --timestamp --sign "$APPLICATION_IDENTITY" "$work/root$host"
fi
pkgbuild --root "$work/root" --identifier org.wardkey.host --version "$version" \
    --ownership recommended "$work/host.pkg"
set -- --distribution "$here/distribution.xml" --package-path "$work"
if [ -n "${INSTALLER_IDENTITY:-}" ]; then
    set -- "$@" --sign "$INSTALLER_IDENTITY"
fi
productbuild "$@" wardkey.pkg
