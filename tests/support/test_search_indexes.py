"""What the search has only on PostgreSQL: an index of words, which needs an extension, and phone
numbers in a normal form."""

import pytest
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import UtilityAccount, search_indexes
from accounts.models.search_indexes import PhoneKey, TrigramIndex, phone_key
from tests.cast import Cast
from tests.payments.test_large_lists import plan

INDEX = TrigramIndex(fields=["name_key"], name="another_by_words")
pytestmark = [pytest.mark.django_db, pytest.mark.production]


def create() -> None:
    with connection.schema_editor() as editor:
        editor.add_index(UtilityAccount, INDEX)


def names() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, "accounts_utilityaccount"))


def test_it_is_created_and_removed() -> None:
    create()
    assert INDEX.name in names()
    with connection.schema_editor() as editor:
        editor.remove_index(UtilityAccount, INDEX)
    assert INDEX.name not in names()


def test_without_the_privilege_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_indexes, "EXTENSION", "citext")  # not there yet
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE weak")
        cursor.execute("SET LOCAL ROLE weak")
        with pytest.raises(CommandError, match="CREATE EXTENSION"):
            create()
        cursor.execute("RESET ROLE")
        cursor.execute("DROP ROLE weak")


@pytest.mark.parametrize("field", ["name_key", "address"])
def test_it_answers_words_in_the_middle(cast: Cast, field: str) -> None:
    """`bench/search.py` shows that it is chosen where there are many rows."""
    found = UtilityAccount.objects.filter(**{f"{field}__icontains": "torres"}).order_by()
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as made:
        for other in ("seqscan", "indexscan"):  # there are few rows
            cursor.execute(f"SET LOCAL enable_{other} = off")
        list(found)
    assert f"accounts_by_words_of_{field[:4]}" in plan(made[-1]["sql"])


PHONES = (
    *("217-555-0199", "+1 (217) 555.0199", "217-555-0199 Ext. 12", "2175550199X7", "555-0199"),
    *("217-555-0199;ext=4", "(217) 555-0199 #4", "+44 20 7946 0958", ""),
)


def test_it_has_the_same_normal_form_of_phone_numbers(cast: Cast) -> None:
    account = UtilityAccount.objects.filter(pk=cast.account("10000101").pk)
    for phone in PHONES:
        account.update(phone=phone)
        assert account.values_list(PhoneKey("phone"), flat=True).get() == phone_key(phone)
