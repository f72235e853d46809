"""An empty list or report says that it is empty, and what fills it, in both languages."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone, translation
from django.utils.html import escape

from accounts.models import User
from backoffice.admin_base import ScopedModelAdmin
from icsso.billers.models import Biller
from payments.models import Checkout, Reversal
from payments.models.reconciliation_line import ReconciliationLine
from payments.reports.queries import REPORTS
from payments.reports.tables import Scope
from payments.reversals.services import Evidence, Part, reverse
from tests.cast import STAFF_PASSWORD, Cast, staff
from tests.payments.reconciliation.lists import line_of, matched, paid
from tests.payments.reversals.happened import clerk

NEVER_EMPTY = {"auditlog.LogEntry", "accounts.StaffUser"}  # whoever reads it has signed in


@pytest.fixture(params=["en", "es"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def reader(db: None, language: str) -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(User.objects.create_superuser("boss@example.com", STAFF_PASSWORD))
    return client


def test_every_list_says_what_fills_it(reader: Client, language: str) -> None:
    silent, said = set[str](), dict[str, str]()
    for model, its in site._registry.items():
        assert isinstance(its, ScopedModelAdmin)
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        page = reader.get(address).content.decode()
        with translation.override(language):
            words = str(its.filled_by)
        if words and escape(words) in page:
            said[model._meta.label] = words
        else:
            silent.add(model._meta.label)
    assert silent == NEVER_EMPTY
    assert len(said) > 25
    assert len(set(said.values())) == len(said)  # each list has a sentence of its own


def test_a_list_of_one_member_does_not_say_that_nothing_fills_it(
    reader: Client, cast: Cast, language: str
) -> None:
    address = f"/admin/payments/checkout/?member__id__exact={cast.laundry.pk}"
    page = reader.get(address).content.decode()
    with translation.override(language):
        assert escape(str(site._registry[Checkout].filled_by)) not in page  # type: ignore[attr-defined]
    assert '<a href="?">' in page


def test_only_who_can_add_a_record_is_asked_to(client: Client, cast: Cast) -> None:
    words = "Add the address to which the portal sends each payment and reversal at once."
    user = staff("support", cast.biller)
    user.user_permissions.add(Permission.objects.get(codename="view_webhookendpoint"))
    client.force_login(user)
    address = "/admin/posting/webhookendpoint/"
    page = client.get(address).content.decode()
    assert "Nothing here." in page
    assert words not in page
    client.force_login(staff("administrator", cast.biller))
    assert words in client.get(address).content.decode()


def test_a_list_that_is_filtered_says_so_instead(reader: Client, language: str) -> None:
    page = reader.get("/admin/accounts/member/?q=nobody@example.com").content.decode()
    said = {"en": ">Nothing here.<", "es": ">No hay nada aquí.<"}
    assert said[language] in page
    assert '<a href="?">' in page  # shows all


def test_could_not_pay(reader: Client, cast: Cast, language: str) -> None:
    page = reader.get("/admin/payments/payment/late-fees/").content.decode()
    said = {"en": "Nobody, in this period.", "es": "Nadie en este período."}
    assert said[language] in page
    assert "<dl" in page  # that there were none is a figure, too


def test_every_report(reader: Client, cast: Cast, language: str) -> None:
    page = reader.get("/admin/payments/payment/reports/").content.decode()
    day = timezone.localdate()
    with translation.override(language):
        for make in REPORTS.values():
            table = make(Scope(Biller.objects.all(), day, day))
            assert not table.has_figures()
            assert escape(table.empty) in page


def test_a_period_with_reversals_alone_is_not_empty(cast: Cast) -> None:
    payment = paid(cast)
    later = timezone.now() + timedelta(days=3)
    evidence = Evidence(
        source=Reversal.Source.STAFF, by=clerk(cast), note="Returned", happened_at=later
    )
    reverse(payment, Reversal.Kind.RETURNED, evidence, Part(amount=Decimal("5.00")))
    day = timezone.localdate(later)
    tables = [make(Scope(Biller.objects.all(), day, day)) for make in REPORTS.values()]
    assert [table.has_figures() for table in tables[:2]] == [True, True]


def test_lines_of_a_reconciliation(client: Client, cast: Cast) -> None:
    made = matched(cast.biller, line_of(paid(cast)))
    client.force_login(staff("administrator", cast.biller))
    lines = f"/admin/payments/reconciliation/{made.pk}"
    page = client.get(f"{lines}/lines/missing-here/?show=open")
    assert "None of these lines matches the filter." in page.content.decode()
    page = client.get(f"{lines}/lines/missing-here/?show=all")
    assert "No line of the list has this outcome." in page.content.decode()
    assert ReconciliationLine.objects.filter(outcome="matched").exists()
