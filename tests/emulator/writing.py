"""The few writes there are: webhooks always; rows and attachments only where a test allows them."""

import json
from collections.abc import Mapping
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import unquote, urlsplit

from tests.emulator.ids import stamp
from tests.emulator.rendering import Look, attachment_json, rows_text
from tests.emulator.routing import Desk, route
from tests.emulator.state import Json, Row, Sheet, Webhook
from tests.emulator.wire import Answer, Refusal, not_found, unreadable

_PORTS = (None, 443, 8000, 8008, 8080, 8443)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_MOST_ROWS = 500


@route("POST", "/webhooks", kind="hook")
def create_webhook(desk: Desk) -> Answer:
    """A new webhook; it is not enabled."""
    body, tenant = desk.request.json(), desk.tenant
    if not isinstance(body, dict) or body.get("scope") != "sheet" or not body.get("name"):
        raise unreadable("A webhook needs a name and the scope sheet.")
    url, scope = str(body.get("callbackUrl", "")), body.get("scopeObjectId")
    parts = urlsplit(url)
    if parts.hostname not in _LOOPBACK and (parts.scheme != "https" or parts.port not in _PORTS):
        raise Refusal(400, 1152, "Only URLs with a protocol of 'https' are supported for attribute 'callbackUrl'.")
    with tenant.lock:
        try:
            sheet = desk.sheet(int(scope))  # type: ignore[arg-type]
        except (Refusal, TypeError, ValueError):
            raise Refusal(400, 1151, f"Scope 'sheet', object id {scope} was not found.") from None
        columns = (body.get("subscope") or {}).get("columnIds") or ()
        number, secret = tenant.ids.number(), tenant.ids.word(26)
        hook = Webhook(number, desk.user, body["name"], url, sheet.id, secret, tenant.now, tenant.now)
        hook.events, hook.columns = tuple(body.get("events") or ("*.*",)), tuple(columns)
        tenant.webhooks[hook.id] = hook
        return Answer.of({"message": "SUCCESS", "resultCode": 0, "result": _hook(hook)})


@route("GET", "/webhooks")
def list_webhooks(desk: Desk) -> Answer:
    """The user's webhooks, newest first; nobody counts them."""
    request = desk.request
    size = min(10_000, max(1, request.number("pageSize", 100)))
    page = max(1, request.number("page", 1))
    mine = [each for each in reversed(desk.tenant.webhooks.values()) if each.owner is desk.user]
    chosen = [_hook(each) for each in mine[(page - 1) * size : page * size]]
    return Answer.of({"pageNumber": page, "pageSize": size, "totalPages": -1, "totalCount": -1, "data": chosen})


@route("GET", "/webhooks/{}")
def get_webhook(desk: Desk, hook_id: int) -> Answer:
    """One webhook."""
    return Answer.of(_hook(_mine(desk, hook_id)))


@route("PUT", "/webhooks/{}", kind="hook")
def update_webhook(desk: Desk, hook_id: int) -> Answer:
    """Change a webhook. Enabling it sends the challenge first; disabling it loses what waits."""
    hook, body = _mine(desk, hook_id), desk.request.json()
    if not isinstance(body, dict):
        raise unreadable("The body is no object.")
    hook.name, hook.callback_url = body.get("name", hook.name), body.get("callbackUrl", hook.callback_url)
    hook.events = tuple(body.get("events") or hook.events)
    if body.get("enabled") is True:
        if hook.status == "DISABLED_ADMINISTRATIVE":
            raise Refusal(403, 1154, "Please contact Support in order to enable this webhook.")
        if hook.status == "DISABLED_APP_REVOKED":
            text = "This webhook cannot be enabled because access was revoked for the application that created it."
            raise Refusal(403, 1153, text)
        desk.tenant.challenge(hook)
    elif body.get("enabled") is False and hook.enabled:
        hook.disable("DISABLED_BY_OWNER")
    return Answer.of({"message": "SUCCESS", "resultCode": 0, "result": _hook(hook)})


@route("DELETE", "/webhooks/{}", kind="hook")
def delete_webhook(desk: Desk, hook_id: int) -> Answer:
    """The webhook goes."""
    hook = _mine(desk, hook_id)
    with desk.tenant.lock:
        del desk.tenant.webhooks[hook.id]
    return Answer.of({"message": "SUCCESS", "resultCode": 0})


@route("POST", "/webhooks/{}/resetsharedsecret", kind="hook")
def reset_secret(desk: Desk, hook_id: int) -> Answer:
    """Another secret."""
    hook = _mine(desk, hook_id)
    with desk.tenant.lock:
        hook.shared_secret = desk.tenant.ids.word(26)
    return Answer.of({"message": "SUCCESS", "resultCode": 0, "result": {"sharedSecret": hook.shared_secret}})


@route("POST", "/sheets/{}/rows", kind="write")
def add_rows(desk: Desk, sheet_id: int) -> Answer:
    """Rows at the bottom, up to 500 in one call."""
    tenant, sheet, body = desk.tenant, desk.sheet(sheet_id, "EDITOR"), desk.request.json()
    wanted = body if isinstance(body, list) else [body]
    if not wanted or not all(isinstance(each, dict) for each in wanted) or len(wanted) > _MOST_ROWS:
        raise unreadable(f"From 1 to {_MOST_ROWS} rows are taken.")
    known = {each.id for each in sheet.columns if each.system is None}
    values = [{cell.get("columnId"): cell.get("value") for cell in each.get("cells") or ()} for each in wanted]
    if any(column not in known for each in values for column in each):
        raise Refusal(400, 1036, "A column id in the request was not found in the sheet.")
    made = tenant.add_rows(sheet, values, desk.user)
    result = [json.loads(each) for each in rows_text(sheet, made, Look(), tenant.users)]
    shown = result if isinstance(body, list) else result[0]
    return Answer.of({"message": "SUCCESS", "resultCode": 0, "version": sheet.version, "result": shown})


@route("POST", "/sheets/{}/attachments", kind="write", heavy=True)
def attach_to_sheet(desk: Desk, sheet_id: int) -> Answer:
    """A file or link at a sheet."""
    return _attach(desk, desk.sheet(sheet_id, "EDITOR"), None)


@route("POST", "/sheets/{}/rows/{}/attachments", kind="write", heavy=True)
def attach_to_row(desk: Desk, sheet_id: int, row_id: int) -> Answer:
    """A file or link at a row."""
    sheet = desk.sheet(sheet_id, "EDITOR")
    if row_id not in sheet.by_id:
        raise not_found()
    return _attach(desk, sheet, sheet.by_id[row_id])


def _attach(desk: Desk, sheet: Sheet, row: Row | None) -> Answer:
    request, tenant = desk.request, desk.tenant
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json") and "content-disposition" not in request.headers:
        body = request.json()
        if not isinstance(body, dict) or not body.get("url"):
            raise unreadable("A link needs an url.")
        made = tenant.attach(sheet, row, str(body.get("name") or body["url"]), desk.user, url=str(body["url"]))
    else:
        name, mime_type, content = _upload(kind, request.headers, request.body)
        made = tenant.attach(sheet, row, name, desk.user, content, mime_type)
    shown = attachment_json(made)
    return Answer.of({"message": "SUCCESS", "resultCode": 0, "version": sheet.version, "result": shown})


def _upload(kind: str, headers: Mapping[str, str], body: bytes) -> tuple[str, str, bytes]:
    """(name, type, content) of a file, sent as the part `file` of a form or as the body itself."""
    if kind.startswith("multipart/form-data"):
        whole = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
        for part in whole.iter_parts():
            if part.get_param("name", header="content-disposition") == "file":
                content = part.get_payload(decode=True)
                assert isinstance(content, bytes)
                return part.get_filename() or "file", part.get_content_type(), content
        raise unreadable("The form has no part named file.")
    given = BytesParser(policy=HTTP).parsebytes(
        f"Content-Disposition: {headers.get('content-disposition', '')}\r\n\r\n".encode()
    )
    if not (name := given.get_filename()):
        raise unreadable("Content-Disposition names no file.")
    return unquote(name), kind or "application/octet-stream", body


def _mine(desk: Desk, hook_id: int) -> Webhook:
    hook = desk.tenant.webhooks.get(hook_id)
    if hook is None or hook.owner is not desk.user:
        raise not_found()
    return hook


def _hook(hook: Webhook) -> Json:
    made: Json = {"id": hook.id, "name": hook.name, "scope": "sheet", "scopeObjectId": hook.scope_object_id}
    made |= {"callbackUrl": hook.callback_url, "events": list(hook.events), "version": 1, "enabled": hook.enabled}
    if hook.columns:
        made["subscope"] = {"columnIds": list(hook.columns)}
    times = {"createdAt": stamp(hook.created_at), "modifiedAt": stamp(hook.modified_at)}
    return {**made, "sharedSecret": hook.shared_secret, "status": hook.status, **times}
