#!/bin/sh
# The Alertmanager and amtool beside which our API v2 is tested: Debian's, unless they are there. They are unpacked, not installed:
# nothing of them is started but by a test.
set -eu
if command -v amtool >/dev/null && command -v prometheus-alertmanager >/dev/null; then
    echo "There are $(command -v prometheus-alertmanager) and $(command -v amtool)."
    exit 0
fi
place="$(pwd)/var/tools/alertmanager"
if [ -x "$place/usr/bin/amtool" ]; then
    exit 0
fi
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || {
    echo "There is no Alertmanager: install prometheus-alertmanager and amtool, which need no setting up." >&2
    exit 1
}
mkdir -p "$place"
cd "$place"
# apt checks the package against the signed list of its archive
apt-get download -qq prometheus-alertmanager
dpkg-deb -x prometheus-alertmanager_*.deb .
rm prometheus-alertmanager_*.deb
"$place/usr/bin/amtool" --version 2>&1 | head -n 1
