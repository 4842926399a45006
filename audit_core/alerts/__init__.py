"""Alerts: what cannot wait is noticed, told once to whom it concerns, and over when its condition is."""

from audit_core.alerts.acts import acknowledge, send_test
from audit_core.alerts.kinds import KINDS, Kind
from audit_core.alerts.listed import Board, Channel, Line, board
from audit_core.alerts.notice import SEVERITIES, Found, Notice, State
from audit_core.alerts.targets import Target, targets
from audit_core.alerts.telling import Telling, telling
from audit_core.alerts.watch import Watched, watch

__all__ = [
    "KINDS",
    "SEVERITIES",
    "Board",
    "Channel",
    "Found",
    "Kind",
    "Line",
    "Notice",
    "State",
    "Target",
    "Telling",
    "Watched",
    "acknowledge",
    "board",
    "send_test",
    "targets",
    "telling",
    "watch",
]
