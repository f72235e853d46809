"""What staff search by, and its indexes: names in a normal form, words anywhere in a text, and
phone numbers."""

import re
from typing import Any

from django.core.management.base import CommandError
from django.db import models
from django.db.models import Func

from icsso.client.parsing import PHONE_EXTENSION
from icsso.client.plain_signs import plain_digits, plain_signs, search_key


class NameKeyField(models.CharField):  # type: ignore[type-arg]
    """The normal form of `name`, so that nunez finds Núñez, and the other way round. It is set by
    `save` and `bulk_create`; whoever changes names by `update` or `bulk_update` sets it, too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 150, "editable": False, "default": "", **options})

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        key = search_key(model_instance.name)[: self.max_length]  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, key)
        return key

    def searched(self, term: str, *, is_prefix: bool) -> str:
        """Returns the value to look for when somebody enters this."""
        return search_key(term)


OPCLASS = "gin_trgm_ops"
EXTENSION = "pg_trgm"
NOTHING = "SELECT 1"  # a statement for databases that have no such index
ASK = (
    "The search by words needs PostgreSQL's extension pg_trgm, and the portal's database user may "
    "not create it. Have an administrator of the database run CREATE EXTENSION pg_trgm; in the "
    "portal's database (on Debian, it is in postgresql-contrib), and run migrate again."
)


class TrigramIndex(models.Index):
    """Supports `icontains` for one text field on PostgreSQL. On SQLite, a developer's database, it
    does nothing, and all rows are read."""

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **_: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return NOTHING
        _make_sure_of_extension(schema_editor)
        quote = schema_editor.quote_name
        column = quote(model._meta.get_field(self.fields[0]).column)
        return (
            f"CREATE INDEX {quote(self.name)} ON {quote(model._meta.db_table)} "
            f"USING gin (UPPER({column}::text) {OPCLASS})"
        )

    def remove_sql(self, model: Any, schema_editor: Any, **options: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return NOTHING
        return super().remove_sql(model, schema_editor, **options)


def _make_sure_of_extension(schema_editor: Any) -> None:
    """Raises CommandError, with instructions."""
    if schema_editor.collect_sql:
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = %s", [EXTENSION])
        if cursor.fetchone():
            return
        cursor.execute(
            "SELECT has_database_privilege(current_database(), 'CREATE') AND (SELECT bool_or("
            "trusted OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)) "
            "FROM pg_available_extension_versions WHERE name = %s)",
            [EXTENSION],
        )
        if not cursor.fetchone()[0]:
            raise CommandError(ASK)
        cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {EXTENSION}")


BEFORE_EXTENSION = "ex#;,"  # where an extension begins; lowercase, as in `phone_number`
AT_END = re.compile(rf"{PHONE_EXTENSION}\s*$", re.IGNORECASE)
NO_DIGITS = re.compile(r"[^0-9]+")


class PhoneKey(Func):
    """The normal form of a phone number: its digits before an extension, the last ten of them."""

    output_field = models.CharField()

    template = (
        f"RIGHT(REGEXP_REPLACE(%(expressions)s, '[{BEFORE_EXTENSION}].*|[^0-9]', '', 'gi'), 10)"
    )

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> Any:
        marked = "LOWER(%(expressions)s) || 'x'"
        for sign in BEFORE_EXTENSION:
            marked = f"REPLACE({marked}, '{sign}', 'x')"
        bare = f"SUBSTR({marked}, 1, INSTR({marked}, 'x') - 1)"
        for sign in " -().+/":
            bare = f"REPLACE({bare}, '{sign}', '')"
        return super().as_sql(compiler, connection, template=f"SUBSTR({bare}, -10)")


def phone_key(text: str) -> str:
    """Returns the normal form of what was typed, without an extension; "" if it has too few
    digits."""
    number = AT_END.sub("", plain_digits(plain_signs(text)))
    digits = NO_DIGITS.sub("", number)
    return digits[-10:] if len(digits) >= 7 else ""
