"""Between the words on the bus and the words of the domain: the only place that knows both."""

from talaia.waste.worker.translate.inwards import told
from talaia.waste.worker.translate.outwards import message

__all__ = ["message", "told"]
