"""Adds the rules that the schema cannot describe: an account is required, and a page has one start. Changes requests that should be valid, and replaces the configured token where an invalid request should have none."""
import schemathesis
from schemathesis import GenerationMode

ACCOUNT = "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a"


def regains_token(case):
    """Returns whether an invalid request should have no Authorization, but gets the configured one, because other parts are invalid too."""
    data = case.meta.phase.data
    return getattr(data, "parameter_location", None) is None and "Authorization" not in (case.headers or {}) and any(
        mutation.parameter_location.value == "header"
        and "required" in mutation.keywords
        and (mutation.parameter == "Authorization" or "Authorization" in (mutation.original_value or []))
        for mutation in getattr(data, "mutations", None) or [])


@schemathesis.hook
def before_call(context, case, kwargs):
    """Sets one account, in the header or in the query. Bounds the time of a long poll, and selects one start."""
    wait = str((case.query or {}).get("wait"))  # a number, or its text
    if case.operation.path == "/{api}/events" and wait.isdigit() and 1 < int(wait) <= 30:
        # Shorter than the time limit of a request.
        case.query["wait"] = 1
    positive = case.meta is None or case.meta.generation.mode == GenerationMode.POSITIVE
    if not positive and regains_token(case):
        case.headers = {**(case.headers or {}), "Authorization": "Bearer none"}
    if positive and case.operation.path == "/{api}/events":
        # A request has one start, and only the service knows positions.
        case.query = dict(case.query or {})
        for name in ("after", "since") if "last" in case.query else ("after",):
            case.query.pop(name, None)
    if positive and case.operation.path in ("/{api}/events", "/{api}/explain", "/{api}/publish", "/{api}/ws"):
        in_query = (case.query or {}).get("account_id")
        if in_query is None:
            case.headers = dict(case.headers or {})
            case.headers.setdefault("Luna-Account-Id", ACCOUNT)
        else:
            case.headers = {name: value for name, value in (case.headers or {}).items() if name != "Luna-Account-Id"}
