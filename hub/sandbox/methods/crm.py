"""`crm.lead.*`, `crm.deal.*`, `crm.contact.get`, `crm.company.get`, `crm.timeline.comment.add`."""

from collections.abc import Callable

from hub.sandbox.crm_model import CrmRow
from hub.sandbox.crm_stages import SMART_TYPE
from hub.sandbox.crm_store import COMPANY, CONTACT, DEAL, ITEM, KINDS, LEAD, CrmKind, CrmStore, shown
from hub.sandbox.errors import RestError
from hub.sandbox.model import Json
from hub.sandbox.parameters import array, integer, mapping
from hub.sandbox.registry import Invocation, Method, Page, method
from hub.sandbox.rows import filter_rows, page, select_fields, sort_rows

_ID = integer("id", missing="ERROR_REQUIRED_PARAMETERS_MISSING")
_CHANGES = (mapping("fields", missing="ERROR_REQUIRED_PARAMETERS_MISSING"), mapping("params"))


def _get(kind: CrmKind) -> Method:
    @method(f"crm.{kind.name}.get", _ID, scope="crm", ignore_case=True)
    def get(call: Invocation) -> Json:
        return shown(_existing(call, kind))

    return get


def _list(kind: CrmKind) -> Method:
    @method(
        f"crm.{kind.name}.list",
        mapping("order"),
        mapping("filter"),
        array("select"),
        integer("start"),
        scope="crm",
        ignore_case=True,
    )
    def list_rows(call: Invocation) -> Page:
        wanted = {key.upper(): value for key, value in call.get("filter", {}).items()}
        rows = filter_rows(CrmStore(call.portal).rows(kind), wanted, unknown=_ignored(call))
        rows = sort_rows(rows, call.get("order") or {"ID": "ASC"})
        select = call.get("select", [])
        return page(
            rows,
            call.get("start", 0),
            result=lambda part: [select_fields(row, select, ("ID",)) for row in part],
        )

    return list_rows


def _add(kind: CrmKind) -> Method:
    @method(f"crm.{kind.name}.add", *_CHANGES, scope="crm", ignore_case=True)
    def add(call: Invocation) -> int:
        return CrmStore(call.portal).add(kind, call.params["fields"], by=call.caller.user_id).id

    return add


def _update(kind: CrmKind) -> Method:
    @method(f"crm.{kind.name}.update", _ID, *_CHANGES, scope="crm", ignore_case=True)
    def update(call: Invocation) -> bool:
        row = _existing(call, kind)
        CrmStore(call.portal).update(kind, row, call.params["fields"], by=call.caller.user_id)
        return True

    return update


def _delete(kind: CrmKind) -> Method:
    @method(f"crm.{kind.name}.delete", _ID, scope="crm", ignore_case=True)
    def delete(call: Invocation) -> bool:
        CrmStore(call.portal).remove(kind, _existing(call, kind).id, by=call.caller.user_id)
        return True

    return delete


lead_get, lead_list, lead_add, lead_update = _get(LEAD), _list(LEAD), _add(LEAD), _update(LEAD)
deal_get, deal_list, deal_add, deal_update = _get(DEAL), _list(DEAL), _add(DEAL), _update(DEAL)
lead_delete, deal_delete = _delete(LEAD), _delete(DEAL)
contact_get, contact_list = _get(CONTACT), _list(CONTACT)
company_get, company_list = _get(COMPANY), _list(COMPANY)


@method(
    "crm.timeline.comment.add",
    mapping("fields", missing="ERROR_REQUIRED_PARAMETERS_MISSING"),
    scope="crm",
    ignore_case=True,
)
def comment(call: Invocation) -> int:
    fields = call.params["fields"]
    names = {f"dynamic_{SMART_TYPE}" if kind is ITEM else kind.name: kind for kind in KINDS.values()}
    kind = names.get(fields.get("ENTITY_TYPE"))
    if kind is None or not str(fields.get("ENTITY_ID", "")).isdigit():
        raise RestError("", "Owner is not defined or invalid")
    if not fields.get("COMMENT"):
        raise RestError("", "Comment is empty")
    store = CrmStore(call.portal)
    row = store.get(kind, int(fields["ENTITY_ID"]))
    if row is None:
        raise RestError("", "Owner not found")
    store.touch(kind, row, by=call.caller.user_id)
    return call.portal.comments.next_id()


def _existing(call: Invocation, kind: CrmKind) -> CrmRow:
    row = CrmStore(call.portal).get(kind, call.params["id"])
    if row is None:
        raise RestError("", "Not found")
    return row


def _ignored(call: Invocation) -> Callable[[str], None]:
    return lambda field: call.warn(f"filter.{field} is not known and was ignored: more rows came back")
