"""Delivery: documents on their way to those who subscribed, each step an event, and nothing sent twice."""

from audit_core.delivery.deciding import send_again, settle
from audit_core.delivery.deliver import Delivered, deliver
from audit_core.delivery.deliveries import Delivery, State, Way, deliveries, on_their_way, went_out
from audit_core.delivery.listed import Line, lines
from audit_core.delivery.resumed import held_up, resume

__all__ = [
    "Delivered",
    "Delivery",
    "Line",
    "State",
    "Way",
    "deliver",
    "deliveries",
    "held_up",
    "lines",
    "on_their_way",
    "resume",
    "send_again",
    "settle",
    "went_out",
]
