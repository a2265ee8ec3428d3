#!/bin/sh
# Starts the broker of docker-compose.yml: `start.sh SERVER_PROPERTIES PASSWORD_FILE`. A new folder is formatted with one user,
# admin, who lets in all others (`talaia topics apply --users --acls`). KAFKA_HOME: where Kafka is, if not where its image has it.
set -eu
properties="$1"
kafka="${KAFKA_HOME:-/opt/kafka}/bin"

password="$(cat "$2")" || password=""
case "$password" in
    "" | *[!A-Za-z0-9_-]*)
        echo "$2 must hold a password of letters, digits, - and _: delete it and run make secrets" >&2
        exit 78 ;;
esac

data="$(sed -n 's/^log\.dirs=//p' "$properties")"
if [ ! -f "$data/meta.properties" ]; then
    # in a file, because everybody on the host may read a command line
    arguments="$(umask 077 && mktemp)"
    trap 'rm -f "$arguments"' EXIT
    printf '%s\n' --add-scram "SCRAM-SHA-512=[name=admin,password=$password]" > "$arguments"
    cluster="$("$kafka/kafka-storage.sh" random-uuid)"
    # what it says has digests of the password in it, and is nobody's to keep; errors are told
    "$kafka/kafka-storage.sh" format --standalone --cluster-id="$cluster" --config "$properties" "@$arguments" > /dev/null
    rm "$arguments"
fi
exec "$kafka/kafka-server-start.sh" "$properties"
