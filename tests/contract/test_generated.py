"""What is made from the catalogue equals the catalogue, and names no topic that is gone."""

import pytest
from generated import REFERENCE, SCHEMAS, files
from support.house import ROOT
from talaia.contracts.catalogue import TOPICS


@pytest.mark.parametrize(("path", "content"), list(files(ROOT)), ids=lambda value: getattr(value, "name", ""))
def test_a_generated_file_is_as_committed(path, content) -> None:
    assert path.read_text() == content, "run `make schemas`"


def test_there_is_no_schema_of_a_topic_that_is_gone() -> None:
    assert {path.stem for path in (ROOT / SCHEMAS).iterdir()} == {topic.name for topic in TOPICS}


def test_the_reference_holds_what_is_made_and_no_more() -> None:
    assert set((ROOT / REFERENCE).iterdir()) == {path for path, _ in files(ROOT) if path.is_relative_to(ROOT / REFERENCE)}
