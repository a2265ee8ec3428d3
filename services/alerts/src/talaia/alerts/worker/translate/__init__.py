"""Between the words on the bus and the words of the domain: the only place that knows both."""

from talaia.alerts.worker.translate.inwards import told
from talaia.alerts.worker.translate.outwards import message

__all__ = ["message", "told"]
