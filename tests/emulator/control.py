"""`/_emu/…`: the tenant's other side, for tests in another process."""

from typing import Any

from tests.emulator.calls import worst_minute
from tests.emulator.faults import Fault
from tests.emulator.service import Service
from tests.emulator.state import Json
from tests.emulator.tenant import mutate
from tests.emulator.wire import Answer, Piece, Request

KNOBS = (
    "skew", "list_lag", "list_version_lags", "silent_columns", "recalc_delay", "stale_formulas", "automations",
    "automation_delay", "allow_writes", "events_addon", "scopes_apart", "rate_limit", "virtual_rate", "retry_after",
    "gzip", "token_page",
)  # fmt: skip


def control(service: Service, request: Request) -> Answer:
    """Answer a request to `/_emu/…`; mistakes are 400 with their reason."""
    name = request.path.removeprefix("/_emu/")
    try:
        if name.startswith("files/"):
            return _file(service, int(name.partition("/")[2]))
        return Answer.of(_ask(service, name) if request.method == "GET" else _do(service, name, request))
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
        return Answer.of({"error": f"{type(error).__name__}: {error}"}, 400)


def _ask(service: Service, name: str) -> Any:
    tenant = service.tenant
    match name:
        case "state":
            return tenant.summary() | {"knobs": {knob: getattr(tenant, knob) for knob in KNOBS}}
        case "truth":
            with tenant.lock:
                return [fact.as_dict() for fact in tenant.truth]
        case "log":
            calls = list(service.log)
            worst = {"worstMinute": worst_minute(calls), "worstHeavyMinute": worst_minute(calls, heavy=True)}
            return {"calls": [call.as_dict() for call in calls], **worst}
        case "faults":
            return [fault.as_dict() for fault in service.faults.rules()]
    raise KeyError(f"nothing to read at {name}")


def _do(service: Service, name: str, request: Request) -> Any:
    tenant, body = service.tenant, request.json()
    match request.method, name:
        case "DELETE", "faults":
            service.faults.clear()
            return []
        case "POST", "faults":
            for rule in body if isinstance(body, list) else [body]:
                service.faults.add(Fault.read(rule), at=tenant.now)
            return _ask(service, "faults")
        case "POST", "tick":
            return {"happened": tenant.tick(float(body["seconds"])), "now": tenant.summary()["now"]}
        case "POST", "mutate":
            return {"made": mutate(tenant, body["name"], body.get("args", {}))}
        case "POST", "deliver":
            return {"statuses": tenant.deliver_webhooks()}
        case "POST", "set":
            return _set(service, body)
        case "POST", "token":
            tenant.tokens[body["token"]].state = body["state"]
            return {"token": body["token"], "state": body["state"]}
    raise KeyError(f"nothing to do at {name}")


def _set(service: Service, body: Json) -> Json:
    for knob, value in body.items():
        if knob not in KNOBS:
            raise KeyError(f"no knob {knob}")
        setattr(service.tenant, knob, tuple(value) if isinstance(value, list) else value)
    return {knob: getattr(service.tenant, knob) for knob in body}


def _file(service: Service, attachment_id: int) -> Answer:
    for sheet in service.tenant.sheets.values():
        for each in sheet.attachments:
            if each.id == attachment_id:
                headers = {"Content-Type": each.mime_type}
                headers["Content-Disposition"] = f'attachment; filename="{each.name}";'
                return Answer(200, [Piece(each.content)], headers)
    raise KeyError("no such file")
