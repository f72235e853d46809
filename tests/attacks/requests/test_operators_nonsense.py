"""Whatever a query string or a form of an admin page contains, the answer is never a 500."""

import re

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from tests.backoffice.admin_addresses import OF_NOBODY, one_of_everything, pages
from tests.cast import Cast

pytestmark = pytest.mark.production

# What our own pages and Django's lists ask for, and what the forms send.
NAMES = (
    "q p o e all page unconfirmed show asked term from to biller day first_day last_day line "
    "outcome decision note seen why file full columns account_number amount date pk id next "
    "_popup list_filter kind__exact verdict__exact created_at__gte paid_at__gte "
    "biller__id__exact checkout__id action _selected_action select_across index english "
    "spanish starts_at ends_at kind name hosts email phone accent new_logo base_url "
    "biller_guid signup_proof code term app_label model_name "
)
NONSENSE = ["", "\x00", "x" * 5000, "-1", "9" * 30, "'\"<%", "2026-02-30", "0000-00-00"]

records = pytest.fixture(one_of_everything)


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_every_page_of_the_admin_answers_nonsense(records: Cast, nonsense: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(email="administrator@springfield-water.example"))
    said = dict.fromkeys(NAMES.split(), nonsense)
    broken = []
    for pattern, address in pages(records):
        # Signing out; and Django's own lists of no biller, which are a superuser's.
        if re.search(rf"/(logout|leave)/$|/({'|'.join(OF_NOBODY)})/", pattern):
            continue
        for method in ("get", "post"):
            kept = transaction.savepoint()
            answer = getattr(client, method)(address, said)
            transaction.savepoint_rollback(kept)
            if answer.streaming:
                answer.getvalue()  # closes the file it comes from
            if answer.status_code >= 500:
                broken.append(f"{method} {address}: {answer.status_code}")
    assert broken == []
