"""`make mutants` takes out what is there, and runs tests that there are."""

import pytest
from mutants import BUS, ROOT, STREAM, Mutant


@pytest.mark.parametrize("mutant", BUS, ids=lambda mutant: mutant.without.partition(":")[0])
def test_what_a_mutant_takes_out_stands_once_and_its_rows_exist(mutant: Mutant) -> None:
    for edit in mutant.edits:
        assert (ROOT / STREAM / edit.module).read_text().count(edit.old) == 1
    for row in mutant.rows:
        file, _, name = row.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text()
