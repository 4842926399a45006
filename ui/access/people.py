"""The people who may use the app, for Access: all of them, one from near, and letting somebody in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import polars as pl
import streamlit as st

from audit_core.access import Session, add_person, set_password, unlock
from audit_core.access.people import Access, change_person, disable_person, enable_person, people_here, sheets_words
from audit_core.actors import Actor, Role
from audit_core.permissions import Permission, allowed
from audit_core.store.accounts import Account
from audit_core.workspace import Workspace
from ui.chosen import choose, put
from ui.clock import zone
from ui.opened import workspace
from ui.recorded import recorded
from ui.words import counted, moment, plain

_ALL, _SOME, _NONE = "All sheets", "Some sheets", "No sheet yet: for the guest of an evidence room"
_TALLEST: Final = 420


def people_part(actor: Actor, names: Mapping[str, str], live: list[Session]) -> None:
    """The table, the chosen person beside it, and below the way to let somebody in. `names`: of sheets by ids."""
    found = people_here(workspace(), actor)
    if not found:
        st.info("Nobody may use the app yet: `python -m jobs user add` makes the first Admin.", icon=":material/group:")
        return
    with st.container(key="split-people"):
        table, pane = st.columns([13, 8], gap="large")
    emails = [each.email for each in found]
    with table:
        _table(found, names, live)
    with pane, st.container(border=True):
        chosen = choose("person", "Person", emails, placeholder="choose a row, or type a name")
        person = next((each for each in found if each.email == chosen), None)
        if person is None:
            st.caption("What somebody may do, and the way to change it, stands here.")
        else:
            _person(person, actor, names)
    if allowed(actor, Permission.MANAGE_PEOPLE):
        _let_in(names, len(found))


def _table(found: list[Account], names: Mapping[str, str], live: list[Session]) -> None:
    emails, key = [each.email for each in found], f"people-{hash(tuple(found))}"
    rows = [
        (
            each.email, each.role, "active" if each.active else "disabled", _sees(each, names),
            moment(datetime.fromisoformat(each.last_login), zone()) if each.last_login else None,
            sum(session.person.user_id == each.user_id for session in live),
        )
        for each in found
    ]  # fmt: skip
    columns = ("E-mail", "Role", "State", "Sees", "Last sign-in", "Here")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns[:-1], pl.String) | {"Here": pl.Int64}, orient="row")
    admins = sum(each.role == Role.ADMIN and each.active for each in found)
    st.markdown(
        f"**{sum(each.active for each in found):,}** may use the app, "
        f"**{counted(admins, 'Admin')}** among them · {counted(len(live), 'session')} now"
    )
    st.dataframe(
        frame.to_pandas(),
        hide_index=True,
        width="stretch",
        height="content" if frame.height < 11 else _TALLEST,
        placeholder="–",
        key=key,
        on_select=lambda: _picked(key, emails),
        selection_mode="single-row",
        column_config={
            "E-mail": st.column_config.TextColumn(width=180, pinned=True),
            "Role": st.column_config.TextColumn(width=65),
            "State": st.column_config.TextColumn(width=65),
            "Sees": st.column_config.TextColumn(width=115),
            "Last sign-in": st.column_config.TextColumn(width=120),
            "Here": st.column_config.NumberColumn(width=45, help="Sessions that are open now"),
        },
    )


def _picked(key: str, emails: list[str]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    put("person", emails[rows[0]] if rows and rows[0] < len(emails) else None)


def _sees(person: Account, names: Mapping[str, str]) -> str:
    if person.room is not None:
        return f"evidence room {person.room}"
    return sheets_words(person.sheets, dict(names))


def _person(person: Account, actor: Actor, names: Mapping[str, str]) -> None:
    """One of them: what they may do, and how that is changed."""
    st.markdown(f"#### {plain(person.email)}")
    st.markdown(
        f"{'' if person.active else ':red-badge[disabled] '}**{person.role}**, {plain(_sees(person, names))} · "
        f"{counted(len(person.may), 'permission')}",
        help=", ".join(sorted(person.may)),
    )
    if not allowed(actor, Permission.MANAGE_PEOPLE):
        st.caption("An Admin changes what people may do.")
        return
    key = f"person-{hash(person)}"
    if not person.active:
        _again(person, key)
        return
    _rights(person, actor, names, key)
    with st.container(horizontal=True):
        if person.user_id != actor.user_id:
            with st.popover("Password", icon=":material/password:", type="tertiary"):
                st.text_input("New password", type="password", key=f"{key}-new", autocomplete="new-password")
                st.caption("The person replaces it at the next sign-in. Their sessions end.")
                st.button("Set it", key=f"{key}-set", type="primary", on_click=_set_password, args=(person.email, key))
        st.button(
            "Unlock", icon=":material/lock_open:", type="tertiary", key=f"{key}-unlock", on_click=_unlock,
            args=(person.email,), help="No waiting after failed sign-ins",
        )  # fmt: skip
        with st.popover("Disable", icon=":material/block:", type="tertiary"):
            st.markdown("Ends every session at once. What the person did stays on record.")
            st.button("Take the access away", key=f"{key}-off", type="primary", on_click=_off, args=(person.email,))


def _rights(person: Account, actor: Actor, names: Mapping[str, str], key: str) -> None:
    with st.form(key, border=False):
        own = person.user_id == actor.user_id
        roles = [role.value for role in Role]
        st.selectbox(
            "Role", roles, roles.index(person.role or roles[0]), key=f"{key}-role", disabled=own,
            help="Nobody changes their own role" if own else None,
        )  # fmt: skip
        _sheets_choice(key, names, person.sheets)
        left, right = st.columns(2)
        left.text_input("Department", person.department or "", key=f"{key}-department", max_chars=120)
        right.text_input("Supervisor", person.supervisor or "", key=f"{key}-supervisor", max_chars=120)
        st.text_input("Reason", key=f"{key}-reason", max_chars=300, placeholder="kept with the change")
        st.form_submit_button(
            "Change", type="primary", icon=":material/check:", on_click=_change, args=(person.email, key),
            help="Their sessions end, and they sign in again with what they may do then",
        )  # fmt: skip


def _sheets_choice(key: str, names: Mapping[str, str], sheets: tuple[str, ...] | None) -> None:
    kinds = [_ALL, _SOME, _NONE]
    st.selectbox("Sees", kinds, 0 if sheets is None else 1 if sheets else 2, key=f"{key}-sees")
    st.multiselect(
        "Sheets", list(names), [each for each in sheets or () if each in names], format_func=names.__getitem__,
        key=f"{key}-sheets", help="Counts where some sheets are to be seen",
    )  # fmt: skip


def _chosen_sheets(key: str) -> tuple[str, ...] | None:
    kind = st.session_state[f"{key}-sees"]
    return None if kind == _ALL else tuple(st.session_state[f"{key}-sheets"]) if kind == _SOME else ()


def _again(person: Account, key: str) -> None:
    with st.form(key, border=False):
        st.text_input("New password", type="password", key=f"{key}-new", autocomplete="new-password")
        st.form_submit_button(
            "Let in again", type="primary", icon=":material/login:", on_click=_enable, args=(person.email, key)
        )


def _let_in(names: Mapping[str, str], turn: int) -> None:
    key = f"let-in-{turn}"
    with st.expander("Let somebody in", icon=":material/person_add:"), st.form(key, border=False):
        one, two, three = st.columns([2, 1, 2])
        one.text_input("E-mail", key=f"{key}-email", max_chars=254, autocomplete="off")
        two.selectbox("Role", [role.value for role in Role], key=f"{key}-role")
        three.text_input("First password", type="password", key=f"{key}-new", autocomplete="new-password")
        left, right = st.columns([1, 2])
        with left:
            st.text_input("Department", key=f"{key}-department", max_chars=120)
            st.text_input("Supervisor", key=f"{key}-supervisor", max_chars=120)
        with right:
            _sheets_choice(key, names, None)
        st.form_submit_button("Let in", type="primary", icon=":material/person_add:", on_click=_add, args=(key,))
        st.caption("Hand the password over in person or by telephone: it is replaced at the first sign-in.")


def _said(key: str) -> dict[str, Any]:
    """What a form says now: what is done with it may wait until the person has proved who it is."""
    return {str(name): st.session_state[name] for name in st.session_state if str(name).startswith(key)}


def _add(key: str) -> None:
    said, sheets = _said(key), _chosen_sheets(key)

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        made = add_person(
            here, actor, said[f"{key}-email"], Role(said[f"{key}-role"]), said[f"{key}-new"], now,
            sheets=sheets, department=said[f"{key}-department"], supervisor=said[f"{key}-supervisor"],
        )  # fmt: skip
        return f"{made.email} may use the app as {made.role}, {made.access_level}."

    recorded(act)


def _change(email: str, key: str) -> None:
    said = _said(key)
    wanted = Access(
        Role(said[f"{key}-role"]), _chosen_sheets(key), said[f"{key}-department"], said[f"{key}-supervisor"]
    )
    recorded(lambda here, actor, now: change_person(here, actor, email, wanted, said[f"{key}-reason"], now))


def _off(email: str) -> None:
    recorded(lambda here, actor, now: f"{disable_person(here, actor, email, now).email} may no longer sign in.")


def _enable(email: str, key: str) -> None:
    given = st.session_state[f"{key}-new"]
    recorded(lambda here, actor, now: f"{enable_person(here, actor, email, given, now).email} may sign in again.")


def _set_password(email: str, key: str) -> None:
    given = st.session_state[f"{key}-new"]

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        set_password(here, actor, email, given, now)
        return f"{email} has another password, to be replaced at the next sign-in."

    recorded(act)


def _unlock(email: str) -> None:
    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        return f"{email} may try again at once, after {counted(unlock(here, actor, email, now), 'refused sign-in')}."

    recorded(act)
