#!/bin/sh
# The browser in which pages are tested: Debian's chromium, unless one is there.
set -eu
for name in "${CHROMIUM:-chromium}" chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then
        echo "Pages are tested with $(command -v "$name")."
        exit 0
    fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null
    echo "Pages are tested with $(command -v chromium)."
else
    echo "There is no browser: install chromium (on Debian: sudo apt-get install chromium), or set CHROMIUM to the path of one." >&2
    exit 1
fi
