"""The list reads no more of the alarms than what its states can hold."""

import pytest
from sqlalchemy import event
from sqlmodel import Session, create_engine
from talaia.alerts.view.importance import OPEN, ShownState
from talaia.alerts.view.queries import Wanted, alarms
from talaia.alerts.view.tables import AlarmRow


@pytest.mark.parametrize("wanted", [Wanted(state=OPEN, text="pump"), Wanted(state=[ShownState.SHELVED])])
def test_a_list_of_some_states_leaves_those_that_cannot_be_in_it_unread(wanted: Wanted) -> None:
    engine = create_engine("sqlite://")
    AlarmRow.metadata.tables["alarms"].create(engine)
    asked: list[tuple[str, tuple[object, ...]]] = []
    with Session(engine) as session:
        event.listen(engine, "before_cursor_execute", lambda _c, _u, sql, given, *_: asked.append((sql, given)))
        alarms(session, wanted, 100)
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0][0]}", asked[0][1]).all()
    engine.dispose()
    assert [row[3] for row in plan] == ["SEARCH alarms USING INDEX alarms_by_importance (turn>? AND turn<?)"]
