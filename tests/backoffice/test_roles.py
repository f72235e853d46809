"""Each role at every address of the admin: what it may, and 403 for the rest."""

import re

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from backoffice.roles import ROLES
from tests.backoffice.admin_addresses import OF_NOBODY, one_of_everything, pages
from tests.cast import Cast, staff

pytestmark = pytest.mark.any_database

# Who may: s(upport), f(inance), a(dministrator). A row's own page is looked at and saved apart.
MODELS = """
model                       list  add  look  save  delete
accounts/member             sa    -    sa    a     -
accounts/staffuser          a     -    a     a     -
accounts/staffinvitation    a     a    a     -     -
accounts/legalhold          a     a    a     -     -
accounts/utilityaccount     sfa   a    sfa   a     -
accounts/linkedaccount      sa    -    sa    -     -
accounts/linkawaitingproof  sa    -    sa    -     -
accounts/helper             sa    -    sa    -     -
accounts/unlinkedaccount    sa    -    sa    -     a
accounts/unknownaccount     sa    -    sa    -     -
accounts/accountsync        sa    -    sa    -     -
accounts/signup             sa    -    sa    -     -
accounts/credentialchange   sa    -    sa    -     -
cis/accountimport           fa    fa   fa    -     -
payments/checkout           sfa   -    sfa   -     -
payments/payment            sfa   -    sfa   -     -
payments/reversal           sfa   -    sfa   -     -
payments/postback           fa    -    fa    -     -
payments/reviewdecision     fa    -    fa    -     -
payments/reconciliation     fa    fa   fa    fa    -
posting/destination         a     a    a     a     -
posting/postingfile         fa    -    fa    -     -
posting/postinglayout       a     a    a     a     -
posting/webhookendpoint     fa    a    fa    a     -
posting/webhookdelivery     sfa   -    sfa   -     -
api/apitoken                a     a    a     -     -
icsso/biller                a     -    a     a     -
icsso/announcement          a     a    a     a     a
icsso/waystopay             a     a    a     a     a
icsso/identityprovider      a     a    a     a     a
auditlog/logentry           a     -    a     -     -
"""
PAGES = {
    r"accounts/member/\d+/(as-member|send-reset|sign-out-everywhere|unlock|remove-passkeys)": "sa",
    r"accounts/member/\d+/(end-two-step|erase|privacy(/\w+)?)": "a",
    r"accounts/member/erased": "a",
    r"accounts/legalhold/\d+/end": "a",
    r"accounts/utilityaccount/\d+/balance": "sfa",
    r"accounts/utilityaccount/\d+/send-pay-link": "sa",
    r"payments/payment/pay-links(/\d+/(csv|qr|end))?": "a",
    r"accounts/staffuser/\d+/take-second-factor": "",
    r"accounts/staffuser/\d+/(send-password-link|no-longer-ours|forget-identity)": "a",
    r"accounts/staffinvitation/\d+/(resend|revoke)": "a",
    r"accounts/staffinvitation/\d+/confirm": "",
    r"icsso/identityprovider/\d+/check": "a",
    r"accounts/linkedaccount/\d+/unlink": "sa",
    r"accounts/linkawaitingproof/\d+/(same-customer|unlink)": "sa",
    r"accounts/helper/\d+/end": "sa",
    r"accounts/signup/\d+/resend": "sa",
    r"accounts/signup/export/\w+": "a",
    r"cis/accountimport/(\d+/rejects|columns|confirm|discard)": "fa",
    r"payments/payment/(where|late-fees)": "sfa",
    r"payments/payment/late-fees/\w+": "fa",
    r"payments/payment/reports(/[\w-]+/\w+)?": "fa",
    r"payments/payment/\d+/(reverse|withdraw|reinstate/\d+)": "fa",
    r"payments/\w+/export/\w+": "fa",
    r"payments/postback/((\d+/)?review|unconfirmed)": "fa",
    r"payments/reconciliation/\d+/(columns|again|confirm|withdraw|lines/[\w-]+)": "fa",
    r"payments/reconciliation/\d+/line/\d+(/\w+)?": "fa",
    r"posting/destination/\d+/test": "a",
    r"posting/postingfile/\d+/(deliver-again|download)": "fa",
    r"posting/postinglayout/\d+/build": "a",
    r"posting/webhookendpoint/\d+/(secret|test|end-previous-secret)": "a",
    r"posting/webhookendpoint/\d+/send-again": "fa",
    r"posting/webhookdelivery/\d+/(again|settle)": "fa",
    r"api/apitoken/\d+/revoke": "a",
    r"icsso/biller/\d+/(going-live(/.+)?|preview/\w+|probe(/.+)?)": "a",
    # Everybody's who is staff.
    r"(my-settings|second-factor.*|login|password_change(/done)?|jsi18n|accounts|search)?": "sfa",
}
# Signing out, what nobody may at all, and where Django sends on to another address.
NOT_TRIED = r".*/<path:object_id>/|/admin/(.*/)?(logout|leave|autocomplete)/|.*<url>|/admin/r/.*"
NOT_TRIED += r"|/admin/(invitation|password|single-sign-on)/.*"  # for those who are not staff yet

COLUMNS, *ROWS = [line.split() for line in MODELS.strip().splitlines()]
MAY = {row[0]: dict(zip(COLUMNS[1:], row[1:], strict=True)) for row in ROWS}

records = pytest.fixture(one_of_everything)


def whose(address: str, method: str) -> str:
    """The letters of those who may; an error for a page that nobody has thought of."""
    path = re.sub(r"\.css$", "", address.removeprefix("/admin/").rstrip("/"))
    app, model, *rest = [*path.split("/"), "", ""]
    tail = re.sub(r"^\d+/", "", "/".join(rest).strip("/"))
    kind = {"": "list", "add": "add", "delete": "delete", "history": "look"}.get(tail)
    if tail == "change":
        kind = "look" if method == "get" else "save"
    if app in OF_NOBODY:
        return ""
    if kind and (row := MAY.get(f"{app}/{model}")):
        return row[kind]
    for pattern, letters in PAGES.items():
        if re.fullmatch(pattern, path):
            return letters
    raise AssertionError(f"say in this file who may {method} {address}")


def tried(records: Cast) -> list[str]:
    found = [address for pattern, address in pages(records) if not re.fullmatch(NOT_TRIED, pattern)]
    return [each for each in found if not (each.split("/")[2] in OF_NOBODY and "/history/" in each)]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_own_and_is_refused_the_rest(role: str, records: Cast) -> None:
    client, faults = Client(), []
    email = f"{role}@springfield-water.example"
    client.force_login(User.objects.filter(email=email).first() or staff(role, records.biller))
    for address in tried(records):
        may = {method: role[0] in whose(address, method) for method in ("get", "post")}
        answers = {method: status_of(client, method, address) for method in may}
        for method, status in answers.items():
            # 405: a page only looked at, or only sent to. 400: sent, with nothing in it.
            if status not in ({200, 302, 400, 405} if may[method] else {403, 405}):
                faults.append(f"{method} {address}: {status}, {may[method]}")
        # 405 says neither yes nor no: of every page that is refused, one way says 403.
        if not any(may.values()) and 403 not in answers.values():
            faults.append(f"{address}: refused by neither way")
    assert faults == []


def status_of(client: Client, method: str, address: str) -> int:
    """What is answered; what it has changed is undone."""
    kept = transaction.savepoint()
    answer = getattr(client, method)(address)
    transaction.savepoint_rollback(kept)
    if answer.streaming:
        answer.getvalue()  # closes the file it comes from
    return int(answer.status_code)
