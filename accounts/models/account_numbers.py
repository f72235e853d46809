"""Finding accounts by their number, in whatever spelling a person or another system uses.

Numbers are compared by their normal form (`icsso.client.parsing.account_key`), which is stored in
an indexed column and has no leading zeros, because spreadsheets drop them. Several accounts may
share one, so a number finds an account only if no other account fits equally well.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import models

from icsso.client.parsing import account_key, plain_number, without_label

T = TypeVar("T")


class AccountKeyField(models.CharField):  # type: ignore[type-arg]
    """The normal form of `account_number`, set whenever a record is saved, also in bulk."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 50, "editable": False, "default": "", **options})

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        key = account_key(model_instance.account_number)  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, key)
        return key

    def searched(self, term: str, *, is_prefix: bool) -> str:
        """Returns the value to search for when staff enter this. A prefix keeps its zeros, so that
        0012 does not match the beginning of 1234."""
        number = without_label(term)
        return plain_number(number) if is_prefix else account_key(number)


def fitting(number: str, sharing: Mapping[str, T]) -> T | None:
    """Returns the one that the number names.

    sharing: records with the same normal form, by account number. An exact match comes first, then
    a match without spaces and punctuation, then one with the same zeros, and then one without them.
    """
    if number in sharing:
        return sharing[number]  # nearly always
    plain = plain_number(number)
    for spelling in (number.strip(), "".join(number.split()), plain):
        if spelling in sharing:
            return sharing[spelling]
    same = [other for other in sharing if plain_number(other) == plain] or list(sharing)
    return sharing[same[0]] if len(same) == 1 else None
