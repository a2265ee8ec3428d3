#!/bin/sh
# A tool that checks what is deployed: the one on the PATH, else built by Go from its module into var/tools.
# Hashes of modules stand here; each module's own go.sum holds those of everything it needs.
set -eu
name="${1:-}"
also=""
case "$name" in
    promtool)
        module=github.com/prometheus/prometheus package=./cmd/promtool version=v0.316.0
        sum="h1:f1GRFerhTMKQma+awCoC9T820ecWeGSdF+xAlMHzZzM=" ;;
    kustomize)
        module=sigs.k8s.io/kustomize/kustomize/v5 package=. version=v5.8.1 also=kubectl
        sum="h1:Pgsg5psubpVEy7Nf6S89PARg5VmmWUC1l9dC6Dl4PG0=" ;;
    *)
        echo "usage: $0 promtool|kustomize" >&2
        exit 2 ;;
esac
for there in "$name" $also; do
    if command -v "$there" >/dev/null; then
        echo "There is $(command -v "$there")."
        exit 0
    fi
done
place="$(pwd)/var/tools"
if [ -x "$place/$name-$version" ]; then
    exit 0
fi
command -v go >/dev/null || {
    echo "There is no $name: install it, or Go, with which it is built." >&2
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
echo "Building $name $version, which takes some minutes."
GOWORK=off go build -C "$(value Dir)" -trimpath -o "$place/$name-$version" "$package"
