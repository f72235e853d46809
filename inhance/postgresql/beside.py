"""Finds migrations that would block or break the running release while they are applied.

`python manage.py check_migrations` checks those after the first one of each of our packages. It
looks at operations, not at SQL, so it needs no server: docs/decisions/0053-releases.md.
"""

from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.operations import NotInTransactionMixin
from django.db.migrations import Migration
from django.db.migrations import operations as ops
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Field, ManyToManyField
from django.db.models.fields import NOT_PROVIDED

EXCUSE = "safe_because"  # attribute of a migration: why it is safe although it looks unsafe
REMOVES = (ops.RemoveField, ops.DeleteModel, ops.RenameField, ops.RenameModel, ops.AlterModelTable)
SCANS = (ops.AddConstraint, ops.AlterUniqueTogether)
RUNS = (ops.RunPython, ops.RunSQL)


def faults() -> list[str]:
    """Returns the problems of our migrations, one line each; [] if there are none."""
    loader = MigrationLoader(None)
    labels = {each.label for each in apps.get_app_configs() if _is_ours(each.path)}
    found = []
    for key, migration in sorted(loader.disk_migrations.items()):
        if key[0] in labels and not migration.initial and not hasattr(migration, EXCUSE):
            state = loader.project_state(key, at_end=False)
            found += [f"{key[0]}.{key[1]}: {fault}" for fault in faults_of(migration, state)]
    return found


def faults_of(migration: Migration, state: ProjectState) -> Iterator[str]:
    """state: of the models before the migration."""
    made: set[str] = set()  # tables that this migration creates and that nothing uses yet
    kinds = {isinstance(each, RUNS) for each in migration.operations}
    if len(kinds) == 2:
        yield "changes both tables and rows: the rows belong into a migration of their own"
    for operation in migration.operations:
        name = getattr(operation, "model_name", getattr(operation, "name", "")).lower()
        if isinstance(operation, ops.CreateModel):
            made.add(name)
        elif name not in made:
            model = state.models.get((migration.app_label, name))
            yield from _fault(operation, migration, model)
        operation.state_forwards(migration.app_label, state)


def _fault(operation: Operation, migration: Migration, model: ModelState | None) -> Iterator[str]:
    said = operation.describe()
    if isinstance(operation, REMOVES):
        yield f"{said}: the release that runs still uses it; remove it one release later"
    elif isinstance(operation, NotInTransactionMixin):
        if migration.atomic:
            yield f"{said}: needs atomic = False"
    elif isinstance(operation, ops.AddIndex | ops.RemoveIndex):
        yield f"{said}: locks the table; use AddIndexBeside or RemoveIndexBeside"
    elif isinstance(operation, SCANS):
        yield f"{said}: locks the table while all its rows are read"
    elif isinstance(operation, ops.AddField) and not _may_be_left_out(operation.field):
        yield f"{said}: the release that runs writes rows without it; null=True or db_default"
    elif isinstance(operation, ops.AddField) and (operation.field.unique or _indexed(operation)):
        yield f"{said}: its index locks the table; add it without, and the index beside"
    elif isinstance(operation, ops.AlterField) and model is not None:
        before = model.fields.get(operation.name)
        if before is not None and not _is_wider(before, operation.field):
            yield f"{said}: may rewrite the table, or refuse what the release that runs writes"


def _may_be_left_out(field: "Field[object, object]") -> bool:
    is_many = isinstance(field, ManyToManyField)
    return is_many or field.null or field.db_default is not NOT_PROVIDED


def _indexed(operation: ops.AddField) -> bool:
    is_many = isinstance(operation.field, ManyToManyField)
    return not is_many and bool(getattr(operation.field, "db_index", False))


def _is_wider(before: "Field[object, object]", after: "Field[object, object]") -> bool:
    """Returns True if PostgreSQL need not look at any row, and everything that could be written
    before still can: a new verbose name, NULL allowed, or longer text."""
    kind, settled = before.deconstruct()[1], dict(before.deconstruct()[3])
    new_kind, wanted = after.deconstruct()[1], dict(after.deconstruct()[3])
    for name in (*before.non_db_attrs, "default"):
        settled.pop(name, None)
        wanted.pop(name, None)
    if wanted.get("null") and "null" not in settled:
        wanted.pop("null")
    lengths = settled.get("max_length"), wanted.get("max_length")
    if lengths[0] and lengths[1] and lengths[1] >= lengths[0]:
        settled.pop("max_length")
        wanted.pop("max_length")
    return kind == new_kind and settled == wanted


def _is_ours(path: str) -> bool:
    inside = Path(path).resolve()
    return inside.is_relative_to(settings.BASE_DIR) and "site-packages" not in inside.parts
