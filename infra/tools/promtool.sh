#!/bin/sh
# promtool, which checks and tests the alert rules: the one on the PATH, else built by Go from its module into var/tools.
# The module's hash stands here; its own go.sum holds those of everything it needs.
set -eu
module=github.com/prometheus/prometheus
version=v0.316.0
sum="h1:f1GRFerhTMKQma+awCoC9T820ecWeGSdF+xAlMHzZzM="
if command -v promtool >/dev/null; then
    echo "Rules are tested with $(command -v promtool)."
    exit 0
fi
place="$(pwd)/var/tools"
if [ -x "$place/promtool-$version" ]; then
    exit 0
fi
command -v go >/dev/null || {
    echo "There is no promtool: install Prometheus, or Go, with which it is built." >&2
    exit 1
}
mkdir -p "$place"
cd "$place"
found="$(go mod download -json "$module@$version")"
value() { printf '%s\n' "$found" | sed -n "s/^.*\"$1\": \"\(.*\)\".*$/\1/p"; }
[ "$(value Sum)" = "$sum" ] || {
    echo "$module $version has the hash $(value Sum), not $sum: do not use it." >&2
    exit 1
}
echo "Building promtool $version, which takes some minutes."
GOWORK=off go build -C "$(value Dir)" -trimpath -o "$place/promtool-$version" ./cmd/promtool
