from pathlib import Path

import pytest
from talaia.cli import rights
from talaia.cli.trouble import Trouble
from talaia.stream.settings import BusSettings


def test_where_a_file_of_a_user_is_missing_and_cannot_be_made_the_cure_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Trouble, match=r"bus is not there and cannot be made \(.*\): .*`make secrets`\)$") as refused:
        rights.apply_users(BusSettings(), tmp_path / "file" / "bus")
    assert "\n" not in str(refused.value)
