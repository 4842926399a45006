"""Notebook: what was looked into, cell by cell, kept in versions, asked again or frozen, and handed out with proof."""

from audit_core.permissions import Permission
from ui.chosen import number
from ui.frame import page_head
from ui.guard import guard
from ui.notebook.shelf import notebook_list
from ui.notebook.view import notebook_view
from ui.opened import queries

actor = guard(Permission.READ_NOTEBOOKS)
page_head("notebook", queries().headline())

asked = number("notebook")
if asked is None:
    notebook_list(actor)
else:
    notebook_view(actor, asked, number("version"))
