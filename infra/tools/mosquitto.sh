#!/bin/sh
# The MQTT broker of the tests: Debian's mosquitto, unless one is there. Debian may start it as a service; each test starts its own.
set -eu
PATH="$PATH:/usr/sbin:/usr/local/sbin"
if command -v "${MOSQUITTO:-mosquitto}" >/dev/null; then
    echo "MQTT is tested with $(command -v "${MOSQUITTO:-mosquitto}")."
elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mosquitto >/dev/null
    echo "MQTT is tested with $(command -v mosquitto)."
else
    echo "There is no MQTT broker: install mosquitto (on Debian: sudo apt-get install mosquitto), or set MOSQUITTO to the path of one." >&2
    exit 1
fi
