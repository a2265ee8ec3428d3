"""The shown state, derived from the regions by the precedence list of `alarm_states.csv`."""

from talaia.alerts.model.parts import Standing


def shown(alarm: Standing) -> str:
    """What the list shows of an alarm."""
    if alarm.service == "out_of_service":
        return "OUT_OF_SERVICE"
    if alarm.design in ("held", "releasing"):
        return "SUPPRESSED_BY_DESIGN"
    if alarm.shelf == "shelved":
        return "SHELVED"
    unacknowledged = alarm.acknowledgement == "unacknowledged"
    if alarm.condition in ("active", "off_delay"):
        return "UNACKNOWLEDGED" if unacknowledged else "ACKNOWLEDGED"
    if alarm.condition == "latched":
        return "LATCHED_UNACKNOWLEDGED" if unacknowledged else "LATCHED"
    return "RETURNED_UNACKNOWLEDGED" if unacknowledged else "NORMAL"
