#!/bin/sh
# The Alertmanager and amtool beside which our API v2 is tested: Debian's, unless they are there. Each test starts its own.
set -eu
if command -v amtool >/dev/null && command -v prometheus-alertmanager >/dev/null; then
    echo "There are $(command -v prometheus-alertmanager) and $(command -v amtool)."
elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    # in run level 1 no service is started
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends prometheus-alertmanager >/dev/null
    echo "Alertmanager's API is tested beside $(command -v prometheus-alertmanager)."
else
    echo "There is no Alertmanager: install it with amtool (on Debian: sudo apt-get install prometheus-alertmanager)." >&2
    exit 1
fi
