"""`webhooks list|create|delete`: what lets Smartsheet announce changes. Polling needs none of it and finds them all."""

import argparse
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from audit_core.actors import OPERATOR
from audit_core.errors import AuditError, ConfigError
from audit_core.settings.source import SmartsheetSettings
from audit_core.store.actions import Action
from audit_core.workspace import Workspace
from jobs.execute import Result

if TYPE_CHECKING:
    from audit_core.sources.smartsheet.answers import Webhook
    from audit_core.sources.smartsheet.client import WritingClient

_PORTS: Final = (443, 8000, 8008, 8080, 8443)
"""Smartsheet calls no other."""
_ENABLED: Final = "ENABLED"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The sub-commands of `webhooks`."""
    acts = command.add_subparsers(dest="act", required=True, metavar="list|create|delete")
    listing = acts.add_parser("list", help="all webhooks of the token's user")
    create = acts.add_parser("create", help="let Smartsheet announce changes of one sheet")
    create.add_argument("sheet_id", metavar="SHEET_ID", type=_id)
    delete = acts.add_parser("delete", help="remove a webhook of this installation")
    delete.add_argument("webhook_id", metavar="WEBHOOK_ID", type=_id)
    for act in (listing, create, delete):
        act.add_argument("--json", action="store_true", help="print the result as one JSON object")


def webhooks(workspace: Workspace, args: argparse.Namespace) -> Result:
    """Do what the command line says. Raises ConfigError for what cannot be, SourceUnavailable where nobody answers."""
    source = workspace.settings.source
    if not isinstance(source, SmartsheetSettings):
        raise ConfigError(
            f'{workspace.config}: source.kind: found "{source.kind}", expected "smartsheet": nobody else has webhooks.'
        )
    match args.act:
        case "create":
            return _create(workspace, source, args.sheet_id)
        case "delete":
            return _delete(workspace, source, args.webhook_id)
        case _:
            return _list(workspace, source)


def table(result: Result) -> list[str]:
    """The list of webhooks for a person."""
    return [
        f"{each['id']:<17} sheet {each['sheet_id'] or '-':<17} {each['status']:<28} "
        f"{'' if each['ours'] else '(not ours) '}{each['callback_url']}  {each['name']}"
        for each in result.counters.get("webhooks", ())
    ]


def callback_url(workspace: Workspace, source: SmartsheetSettings) -> str:
    """`webhook.url`, if Smartsheet can call it. Raises ConfigError."""
    url = workspace.settings.webhook.url
    if url is None:
        raise ConfigError(
            f"{workspace.config}: webhook.url: found null, expected the https address under which Smartsheet reaches "
            "/api/webhook of this app."
        )
    parts = urlsplit(url)
    # Smartsheet itself takes https only; a stand-in for it on this machine calls this machine
    if _is_here(parts.hostname) and source.api_base is not None and _is_here(urlsplit(source.api_base).hostname):
        return url
    if parts.scheme != "https" or (parts.port or 443) not in _PORTS:
        ports = ", ".join(map(str, _PORTS))
        raise ConfigError(
            f'{workspace.config}: webhook.url: found "{url}", expected an https address on one of the ports {ports}: '
            "Smartsheet calls no other."
        )
    return url


def _list(workspace: Workspace, source: SmartsheetSettings) -> Result:
    from audit_core.sources.smartsheet import webhooks as api  # noqa: PLC0415  (the SDK takes half a second)

    with _asking(workspace, source) as client:
        found = [_shown(each, workspace) for each in api.webhooks(client)]
    ours = sum(each["ours"] for each in found)
    return _result(f"{len(found):,} webhooks, {ours:,} of this installation.", webhooks=found)


def _create(workspace: Workspace, source: SmartsheetSettings, sheet_id: int) -> Result:
    from audit_core.sources.smartsheet import webhooks as api  # noqa: PLC0415  (likewise)

    url = callback_url(workspace, source)
    if not workspace.settings.webhook.enabled:
        raise ConfigError(
            f"{workspace.config}: webhook.enabled: found false, expected true: the app must answer Smartsheet's "
            "challenge, so switch it on and start the app again first."
        )
    workspace.store.database.require_current()
    with _asking(workspace, source) as client:
        known = [each for each in api.webhooks(client) if each.callbackUrl == url and _sheet(each) == str(sheet_id)]
        if any(each.status == _ENABLED for each in known):
            raise ConfigError(f"Sheet {sheet_id} has a webhook already ({known[0].id}): see 'webhooks list'.")
        made = known[0] if known else api.create(client, sheet_id, url)
        enabled = api.enable(client, made.id)
        if enabled.status != _ENABLED:
            if not known:
                api.delete(client, made.id)
            raise AuditError(
                f"Smartsheet got no answer to its challenge from {url} ({enabled.status}), so sheet {sheet_id} has no "
                "webhook: is the app running, with webhook.enabled, and can the internet reach it there?"
            )
    text = f"Smartsheet announces changes of sheet {sheet_id} at {url} (webhook {made.id})."
    _seal(workspace, "webhook_created", text, enabled)
    return _result(text, webhook_id=str(made.id), sheet_id=str(sheet_id), webhook_status=enabled.status)


def _delete(workspace: Workspace, source: SmartsheetSettings, webhook_id: int) -> Result:
    from audit_core.sources.smartsheet import webhooks as api  # noqa: PLC0415  (likewise)

    workspace.store.database.require_current()
    with _asking(workspace, source) as client:
        found = api.webhook(client, webhook_id)
        if found.callbackUrl != workspace.settings.webhook.url:
            raise ConfigError(
                f"Webhook {webhook_id} calls {found.callbackUrl}, and not webhook.url "
                f"({workspace.settings.webhook.url or 'null'}): it belongs to something else and is left alone."
            )
        api.delete(client, webhook_id)
    text = f"Webhook {webhook_id} is gone: changes of sheet {_sheet(found)} are found by polling alone."
    _seal(workspace, "webhook_deleted", text, found)
    return _result(text, webhook_id=str(webhook_id), sheet_id=_sheet(found))


@contextmanager
def _asking(workspace: Workspace, source: SmartsheetSettings) -> Iterator["WritingClient"]:
    """Access to Smartsheet. What it refuses for good is a failure; the rest says to try again later."""
    from audit_core.sources.smartsheet import open_writing_client  # noqa: PLC0415  (likewise)
    from audit_core.sources.smartsheet.client import Refused  # noqa: PLC0415
    from audit_core.sources.smartsheet.verdicts import Trouble  # noqa: PLC0415

    try:
        yield open_writing_client(source, workspace.config)
    except Refused as refusal:
        if refusal.trouble in (Trouble.DENIED, Trouble.GONE, Trouble.REFUSED):
            raise AuditError(str(refusal)) from None
        raise


def _seal(workspace: Workspace, name: str, text: str, webhook: "Webhook") -> None:
    now, store = datetime.now(UTC), workspace.store
    fields = {"sheet_id": _sheet(webhook), "evidence": json.dumps({"webhook_id": str(webhook.id)})}
    with store.database.write() as connection:
        store.seal(connection, Action(name, text, OPERATOR, fields=fields), now)
    store.keep_anchor(f"{name.replace('_', '-')}-{now:%Y%m%dT%H%M%SZ}", now)


def _shown(webhook: "Webhook", workspace: Workspace) -> Mapping[str, Any]:
    """What a person may see of a webhook: all but its secret."""
    return {
        "id": str(webhook.id),
        "name": webhook.name,
        "sheet_id": _sheet(webhook),
        "status": webhook.status,
        "callback_url": webhook.callbackUrl,
        "ours": webhook.callbackUrl == workspace.settings.webhook.url,
    }


def _sheet(webhook: "Webhook") -> str | None:
    """The id of its sheet; None where it is about something else."""
    return str(webhook.scopeObjectId) if webhook.scope == "sheet" and webhook.scopeObjectId is not None else None


def _is_here(host: str | None) -> bool:
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


def _id(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19 and int(text)):
        raise argparse.ArgumentTypeError(f"found '{text[:40]}', expected an id, a whole number above 0")
    return int(text)


def _result(message: str, **counters: Any) -> Result:
    return Result("webhooks", "", "ok", 0, 0.0, message, counters)
