"""Migrations that would hold up or break the running release are found."""

from typing import Any

import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from inhance.postgresql.beside import faults, faults_of
from inhance.postgresql.operations import AddIndexBeside, RemoveIndexBeside

INDEX = models.Index(fields=["name"], name="by_name")
PLAIN = models.CharField(max_length=20)


def before() -> ProjectState:
    made = migrations.CreateModel("Thing", [("id", models.AutoField(primary_key=True))])
    state = ProjectState()
    made.state_forwards("things", state)
    migrations.AddField("thing", "name", PLAIN).state_forwards("things", state)
    return state


def found(*operations: Operation, atomic: bool = True) -> list[str]:
    migration = migrations.Migration("0002_change", "things")
    migration.operations, migration.atomic = list(operations), atomic
    return list(faults_of(migration, before()))


def add(**options: Any) -> Operation:
    return migrations.AddField("thing", "more", models.CharField(max_length=5, **options))


def alter(field: "models.Field[Any, Any]") -> Operation:
    return migrations.AlterField("thing", "name", field)


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (migrations.RemoveField("thing", "name"), "one release later"),
        (migrations.DeleteModel("Thing"), "one release later"),
        (migrations.RenameField("thing", "name", "title"), "one release later"),
        (migrations.RenameModel("Thing", "Item"), "one release later"),
        (migrations.AddIndex("thing", INDEX), "use AddIndexBeside"),
        (AddIndexBeside("thing", INDEX), "needs atomic = False"),
        (
            migrations.AddConstraint(
                "thing", models.UniqueConstraint(fields=["name"], name="one_name")
            ),
            "while all its rows are read",
        ),
        (add(default=""), "writes rows without it"),
        (add(null=True, unique=True), "its index locks"),
        (add(null=True, db_index=True), "its index locks"),
        (alter(models.CharField(max_length=10)), "may rewrite"),
        (alter(models.TextField()), "may rewrite"),
        (alter(models.CharField(max_length=20, unique=True)), "may rewrite"),
    ],
    ids=lambda value: value.__class__.__name__ if isinstance(value, Operation) else str(value),
)
def test_what_holds_it_up_or_breaks_it(operation: Operation, said: str) -> None:
    [fault] = found(operation)
    assert said in fault


@pytest.mark.parametrize(
    "operation",
    [
        add(null=True),
        add(db_default=""),
        alter(models.CharField(max_length=30, null=True)),
        alter(models.CharField("called", max_length=20, blank=True, default="x")),
        migrations.AddField("thing", "others", models.ManyToManyField("things.Thing")),
        migrations.RunPython(migrations.RunPython.noop),
    ],
    ids=lambda value: value.__class__.__name__ if isinstance(value, Operation) else str(value),
)
def test_what_does_not(operation: Operation) -> None:
    assert found(operation) == []


def test_a_table_that_is_new_may_have_anything() -> None:
    made = migrations.CreateModel("New", [("id", models.AutoField(primary_key=True))])
    field = migrations.AddField("new", "name", models.CharField(max_length=5, default=""))
    assert found(made, field, migrations.AddIndex("new", INDEX)) == []


def test_rows_are_changed_by_a_migration_of_their_own() -> None:
    [fault] = found(add(null=True), migrations.RunPython(migrations.RunPython.noop))
    assert "of their own" in fault


def test_ours_can_be_applied_beside_the_running_release() -> None:
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_an_index_is_made_and_removed_beside_what_runs() -> None:
    state = MigrationLoader(connection).project_state()
    index = models.Index(fields=["outcome"], name="by_outcome")
    add_index = AddIndexBeside("periodicrun", index)
    after = state.clone()
    add_index.state_forwards("periodic", after)
    with connection.schema_editor(atomic=False) as editor:
        add_index.database_forwards("periodic", editor, state, after)
    assert "by_outcome" in _indexes()
    remove = RemoveIndexBeside("periodicrun", "by_outcome")
    with connection.schema_editor(atomic=False) as editor:
        remove.database_forwards("periodic", editor, after, state)
    assert "by_outcome" not in _indexes()


def _indexes() -> dict[str, Any]:
    with connection.cursor() as cursor:
        found: dict[str, Any] = connection.introspection.get_constraints(
            cursor, "periodic_periodicrun"
        )
        return found
