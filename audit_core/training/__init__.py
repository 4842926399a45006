"""Training: what each role must know, who completed what and when, and which topic may help whom."""

from audit_core.training.completions import Completion, complete, record_for
from audit_core.training.standing import Due, Standing, State, due, matrix, mine
from audit_core.training.suggested import Suggestion, suggested_to_me, suggestions
from audit_core.training.topic import Topic, topics

__all__ = [
    "Completion",
    "Due",
    "Standing",
    "State",
    "Suggestion",
    "Topic",
    "complete",
    "due",
    "matrix",
    "mine",
    "record_for",
    "suggested_to_me",
    "suggestions",
    "topics",
]
