"""Answers about people, access and places: users, groups, shares, workspaces, folders, attachments, events."""

from tests.emulator.ids import instant_of, stamp
from tests.emulator.rendering import attachment_json, discussion_json, permalink
from tests.emulator.routing import Desk, route
from tests.emulator.state import Container, Group, Json, Share, User
from tests.emulator.wire import Answer, forbidden, not_found, offset_page, token_page, unreadable

_RESOURCES = ("sheets", "folders")


@route("GET", "/users/me")
def current_user(desk: Desk) -> Answer:
    """Who the token belongs to."""
    user = desk.user
    first, _, last = user.name.partition(" ")
    made: Json = {"id": user.id, "email": user.email, "firstName": first, "lastName": last, "locale": "en_US"}
    made |= {"timeZone": user.time_zone, "account": {"id": 1234567890123456, "name": "Example Line Builders"}}
    rights = {"admin": user.admin, "licensedSheetCreator": True, "groupAdmin": user.admin, "resourceViewer": False}
    return Answer.of({**made, **rights})


@route("GET", "/users")
def list_users(desk: Desk) -> Answer:
    """The people of the organisation; to anybody but a system administrator only who they are."""
    people = [each for each in desk.tenant.users.values() if not each.email.endswith("@smartsheet.com")]
    wanted = desk.request.words("email")
    chosen, envelope = offset_page([each for each in people if not wanted or each.email in wanted], desk.request)
    return Answer.of({**envelope, "data": [_user(each, desk.user.admin) for each in chosen]})


@route("GET", "/groups")
def list_groups(desk: Desk) -> Answer:
    """All groups, without their members."""
    chosen, envelope = offset_page(list(desk.tenant.groups.values()), desk.request)
    return Answer.of({**envelope, "data": [_group(each) for each in chosen]})


@route("GET", "/groups/{}")
def get_group(desk: Desk, group_id: int) -> Answer:
    """A group with its members, for administrators and its owner."""
    group = desk.tenant.groups.get(group_id)
    if group is None:
        raise not_found()
    if not desk.user.admin and desk.user is not group.owner:
        raise forbidden()
    members = [{**_user(each, False), "name": each.name} for each in group.members]
    return Answer.of({**_group(group), "members": members})


@route("GET", "/serverinfo", kind="open")
def server_info(_desk: Desk) -> Answer:
    """Constants of the service, for anybody."""
    return Answer.of({"supportedLocales": ["en_US", "en_GB", "de_DE"], "formats": {"defaults": "0,0,0,0,0"}})


@route("GET", "/shares")
def list_shares(desk: Desk) -> Answer:
    """Who has access to a sheet or workspace; a sheet's workspace shares come only when asked for."""
    request = desk.request
    kind, scopes = request.query.get("assetType", "").lower(), request.words("sharingInclude")
    asset = request.number("assetId", 0)
    if kind == "workspace":
        found = [(each, "ITEM") for each in desk.container(asset).shares]
    elif kind == "sheet":
        sheet = desk.sheet(asset)
        apart = desk.tenant.scopes_apart and scopes == {"WORKSPACE"}
        found = [] if apart else [(each, "ITEM") for each in sheet.shares]
        if "WORKSPACE" in scopes and sheet.home is not None:
            found += [(each, "WORKSPACE") for each in sheet.home.workspace.shares]
    elif kind in ("report", "sight", "collection", "file"):
        raise not_found()
    else:
        raise unreadable("assetType is missing or unknown.")
    return Answer.of(token_page([_share(*each) for each in found], request, desk.tenant.token_page, "items"))


@route("GET", "/workspaces")
def list_workspaces(desk: Desk) -> Answer:
    """Workspaces that are shared to the user, token-paged."""
    seen = [
        {"id": each.id, "name": each.name, "accessLevel": desk.level(each), "permalink": f"https://app.smartsheet.com/workspaces/{each.id:x}"}
        for each in desk.tenant.containers.values()
        if each.parent is None and desk.tenant.level_of(desk.user, each)
    ]  # fmt: skip
    return Answer.of(token_page(seen, desk.request, desk.tenant.token_page))


@route("GET", "/workspaces/{}/children")
def workspace_children(desk: Desk, workspace_id: int) -> Answer:
    """What is in a workspace."""
    container = desk.container(workspace_id)
    if container.parent is not None:
        raise not_found()
    return _children(desk, container)


@route("GET", "/folders/{}/children")
def folder_children(desk: Desk, folder_id: int) -> Answer:
    """What is in a folder."""
    container = desk.container(folder_id)
    if container.parent is None:
        raise not_found()
    return _children(desk, container)


@route("GET", "/workspaces/{}/metadata")
@route("GET", "/folders/{}/metadata")
def metadata(desk: Desk, container_id: int) -> Answer:
    """A workspace or folder by itself."""
    container = desk.container(container_id)
    return Answer.of({"id": container.id, "name": container.name, "accessLevel": desk.level(container)})


@route("GET", "/sheets/{}/attachments")
def list_attachments(desk: Desk, sheet_id: int) -> Answer:
    """All attachments of a sheet, those of its rows included."""
    chosen, envelope = offset_page(desk.sheet(sheet_id).attachments, desk.request)
    return Answer.of({**envelope, "data": [attachment_json(each) for each in chosen]})


@route("GET", "/sheets/{}/rows/{}/attachments")
def list_row_attachments(desk: Desk, sheet_id: int, row_id: int) -> Answer:
    """The attachments of a row."""
    found = [each for each in desk.sheet(sheet_id).attachments if each.parent_id == row_id]
    chosen, envelope = offset_page(found, desk.request)
    return Answer.of({**envelope, "data": [attachment_json(each) for each in chosen]})


@route("GET", "/sheets/{}/attachments/{}")
def get_attachment(desk: Desk, sheet_id: int, attachment_id: int) -> Answer:
    """One attachment, with an address that works for two minutes (here: for ever)."""
    for each in desk.sheet(sheet_id).attachments:
        if each.id == attachment_id:
            made = attachment_json(each)
            if each.type == "FILE":
                made |= {"url": f"{desk.request.root}/_emu/files/{each.id}", "urlExpiresInMillis": 120_000}
            return Answer.of(made)
    raise not_found()


@route("GET", "/sheets/{}/discussions")
def list_discussions(desk: Desk, sheet_id: int) -> Answer:
    """All discussions of a sheet, those of its rows included."""
    chosen, envelope = offset_page(desk.sheet(sheet_id).comments, desk.request)
    return Answer.of({**envelope, "data": [discussion_json(each) for each in chosen]})


@route("GET", "/events")
def list_events(desk: Desk) -> Answer:
    """The event report, where the plan has it: from an hour on, or from where the last page ended."""
    tenant, request = desk.tenant, desk.request
    if not tenant.events_addon:
        raise forbidden()
    if ("since" in request.query) == ("streamPosition" in request.query):
        raise unreadable("Give since or streamPosition.")
    if "streamPosition" in request.query:
        tail = request.query["streamPosition"].rpartition(".")[2]
        start = int(tail) if tail.isdigit() else 0
    else:
        try:
            since = instant_of(request.query["since"]).replace(minute=0, second=0, microsecond=0)
        except ValueError:
            raise unreadable("since is no time.") from None
        start = next((at for at, each in enumerate(tenant.events) if each.at >= since), len(tenant.events))
    end = start + min(10_000, max(1, request.number("maxCount", 1000)))
    more, data = end < len(tenant.events), [each.as_dict() for each in tenant.events[start:end]]
    position = f"1.1.{min(end, len(tenant.events))}"
    return Answer.of({"nextStreamPosition": position, "moreAvailable": more, "data": data})


def _children(desk: Desk, container: Container) -> Answer:
    wanted = desk.request.words("childrenResourceTypes") or set(_RESOURCES)
    found: list[Json] = []
    if "folders" in wanted:
        found += [{"id": each.id, "name": each.name, "resourceType": "folder"} for each in container.folders]
    if "sheets" in wanted:
        for each in container.sheets:
            if desk.user.email not in each.denied:
                item = {"id": each.id, "name": each.name, "resourceType": "sheet", "accessLevel": desk.level(each)}
                times = {"createdAt": stamp(each.created_at), "modifiedAt": stamp(each.modified_at)}
                found.append({**item, "permalink": permalink(each), **times})
    return Answer.of(token_page(found, desk.request, desk.tenant.token_page))


def _user(user: User, fully: bool) -> Json:
    first, _, last = user.name.partition(" ")
    made: Json = {"id": user.id, "email": user.email, "firstName": first, "lastName": last, "name": user.name}
    if fully:
        made |= {"admin": user.admin, "licensedSheetCreator": True, "groupAdmin": user.admin, "resourceViewer": False}
        made |= {"status": "ACTIVE", "sheetCount": -1}
    return made


def _group(group: Group) -> Json:
    made = {"id": group.id, "name": group.name, "owner": group.owner.email, "ownerId": group.owner.id}
    return {**made, "createdAt": stamp(group.created_at), "modifiedAt": stamp(group.created_at)}


def _share(share: Share, scope: str) -> Json:
    made: Json = {"id": share.id, "type": "USER" if share.user else "GROUP"}
    if share.user is not None:
        made |= {"userId": str(share.user.id), "email": share.user.email, "name": share.user.name}
    if share.group is not None:
        made |= {"groupId": str(share.group.id), "name": share.group.name}
    return {**made, "accessLevel": share.level, "scope": scope}
