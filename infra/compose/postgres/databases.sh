#!/bin/sh
# Run once by the image, over an empty data folder: each service has a user and a database of its own, which no other may enter.
# Their names and passwords are those of the addresses that the APIs are given.
set -eu
for file in "${DATABASES:-/run/databases}"/*_database; do
    service=$(basename "$file" _database)
    PASSWORD=$(sed 's|^postgresql://[^:]*:\([^@]*\)@.*$|\1|' "$file")
    export PASSWORD  # on no command line
    psql --quiet --set ON_ERROR_STOP=1 --username postgres --dbname postgres --set service="$service" <<'SQL'
\getenv password PASSWORD
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done
