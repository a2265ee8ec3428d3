"""The script that PostgreSQL of the compose files runs at its first start, on a real PostgreSQL."""

import os
import subprocess
from pathlib import Path

import psycopg
import pytest
from compose_secrets import write
from sqlalchemy import make_url
from support.house import ROOT
from support.postgres import Postgres

SCRIPT = ROOT / "infra/compose/postgres/databases.sh"


def test_each_service_has_a_database_which_it_owns_and_no_other_enters(postgres: Postgres, tmp_path: Path) -> None:
    write(tmp_path, ["waste", "alerts"])
    with psycopg.connect(postgres.url(), autocommit=True) as admin:
        admin.execute("CREATE ROLE postgres SUPERUSER LOGIN")
        told = os.environ | {"PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "DATABASES": str(tmp_path / "databases")}
        told["PATH"] = f"{postgres.programs}{os.pathsep}{told['PATH']}"
        subprocess.run(["sh", SCRIPT], env=told, check=True)
        kept = dict(admin.execute("SELECT rolname, rolpassword FROM pg_authid WHERE rolname IN ('waste', 'alerts')").fetchall())
    assert all(str(verifier).startswith("SCRAM-SHA-256$") for verifier in kept.values()) and len(kept) == 2
    for service, other in (("waste", "alerts"), ("alerts", "waste")):
        address = make_url((tmp_path / f"databases/{service}_database").read_text()).set(host="127.0.0.1", port=postgres.port)
        with psycopg.connect(address.render_as_string(hide_password=False)) as own:
            own.execute("CREATE TABLE rows (id int)")
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(address.set(database=other).render_as_string(hide_password=False))
