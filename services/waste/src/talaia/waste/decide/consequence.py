"""How urgent a spill is: by the time left, and by what its water reaches, as the city file says it of the site.

One reason is enough to raise a word, and several raise it no further: a beach is no less urgent where nobody lives.
"""

from talaia.contracts.vocabulary import Priority
from talaia.waste.model.catchment import Site
from talaia.waste.model.policy import SignalPolicy

_HIGHER = {Priority.LOW: Priority.MEDIUM, Priority.MEDIUM: Priority.HIGH}
"""The priority above one; those that are not here rise to the highest."""


def urgency(minutes_left: float | None, site: Site, policy: SignalPolicy) -> Priority:
    """Priority of an expected overflow from the time left and from what it reaches."""
    soon = minutes_left is not None and minutes_left <= policy.urgent_min
    return weighed(Priority.HIGH if soon else Priority.MEDIUM, site, policy)


def weighed(priority: Priority, site: Site, policy: SignalPolicy) -> Priority:
    """A priority of a spill, one higher where there is a reason for it."""
    return _HIGHER.get(priority, Priority.CRITICAL) if _reasons(site, policy) else priority


def facts(site: Site, policy: SignalPolicy) -> dict[str, float | str]:
    """What the spills of a site reach that raises words of them; nothing where there is no such reason."""
    reasons = _reasons(site, policy)
    return {"consequence": "; ".join(reasons)} if reasons else {}


def _reasons(site: Site, policy: SignalPolicy) -> list[str]:
    named = f" {site.receiving_water}" if site.receiving_water else ""
    reasons = [f"bathing site {site.bathing_site}"] if site.bathing_site else []
    if site.receiving_water_sensitive:
        reasons.append(f"sensitive receiving water{named}")
    if site.people >= policy.people_from:
        reasons.append(f"{site.people} people")
    return reasons
