"""PUT /api/v1/accounts: accounts are created and updated as by a file from the CIS."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, JsonResponse
from pydantic import ValidationError

from api.guards import api_view
from api.models import ApiToken, Scope
from api.problems import Problem, problem_of_status
from api.schemas import Account, AccountResult, AccountResults, Accounts
from cis.customers import DoubtfulNames
from cis.pushing import push_accounts
from icsso.billers.decorators import BillerRequest

MOST_FAULTS = 20  # named in one answer


@api_view("PUT", Scope.WRITE_ACCOUNTS)
def accounts(request: BillerRequest, token: ApiToken) -> HttpResponse:
    if request.content_type != "application/json":
        raise Problem(415, "not-json", "Send JSON, with the header Content-Type: application/json.")
    try:
        body = request.body
    except RequestDataTooBig:
        return problem_of_status(413)
    sent = _read(body)
    try:
        outcomes = push_accounts(
            [_pushed(account) for account in sent.accounts],
            token.biller,
            name=f"API: {token.name}",
            customers_anyway=sent.new_customers_anyway,
        )
    except DoubtfulNames as doubt:
        advice = "Nothing was imported. If the names are right, send new_customers_anyway: true."
        raise Problem(409, "doubtful-names", f"{doubt} {advice}") from None
    results = [
        AccountResult(
            account_number=account.account_number, result=each.result.value, messages=each.causes
        )
        for account, each in zip(sent.accounts, outcomes, strict=True)
    ]
    return JsonResponse(AccountResults(results=results).model_dump(mode="json"))


def _read(body: bytes) -> Accounts:
    try:
        return Accounts.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
    if faults[0]["type"] == "json_invalid":
        said = "The body is not JSON in UTF-8, or its length was not sent (Content-Length)."
        raise Problem(400, "not-json", said)
    errors = [
        {"pointer": "".join(f"/{part}" for part in fault["loc"])[:200], "detail": fault["msg"]}
        for fault in faults[:MOST_FAULTS]
    ]
    said = "Nothing was imported. Correct the request as `errors` says."
    raise Problem(422, "invalid-request", said, errors=errors)


def _pushed(account: Account) -> dict[str, str]:
    """Returns the fields that were sent, with null as empty."""
    return {name: value or "" for name, value in account.model_dump(exclude_unset=True).items()}
