"""Building a biller's file: everything that has not been posted in a file yet, each line once.

Building is one transaction, and only one process builds for a biller at a time. If a value does not
fit the layout, nothing is saved, and the layout shows why.
"""

import logging
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import BigIntegerField, F, Max, Q, QuerySet, Sum, Value, Window
from django.db.models.functions import Cast, Round, RowNumber
from django.utils import timezone

from payments.models import PaymentLine
from payments.models.reversal import ReversalLine
from posting.entries import (
    Values,
    payment_lines,
    payment_values,
    reversal_lines,
    reversal_values,
)
from posting.files.content import measured
from posting.files.rendering import Unfit
from posting.models import Destination, PostedLine, PostingFile, PostingLayout
from posting.models.file_names import file_name
from posting.models.layout import copy_of

logger = logging.getLogger(__name__)
NULL = Cast(Value(None), BigIntegerField())


def build_due(layout: PostingLayout, now: datetime) -> PostingFile | None:
    """Builds the biller's file if one is due. Returns None if none is due, if there is nothing to
    post, or if a value does not fit (`build_error` of the layout)."""
    try:
        with transaction.atomic():
            return _build(layout.pk, now)
    except Unfit as problem:
        # The text contains the value, which must not be logged.
        logger.error("payment file not built", extra={"biller": layout.biller.slug})
        PostingLayout.objects.filter(pk=layout.pk).update(build_error=problem.in_words[:500])
        return None


def _build(layout_pk: int, now: datetime) -> PostingFile | None:
    # Locked, so that another process waits here and then finds the file built.
    layout = PostingLayout.objects.select_for_update().get(pk=layout_pk)
    day = layout.due_day(now)
    if day is None:
        return None
    payments, reversals = unposted(layout)
    is_wanted = layout.builds_empty or payments.exists() or reversals.exists()
    file = _filled(_new_file(layout, day, now), layout) if is_wanted else None
    known_before = layout.known_before or (layout.starts_at if file else None)
    PostingLayout.objects.filter(pk=layout_pk).update(
        built_for=day, build_error="", known_before=known_before
    )
    return file


def unposted(layout: PostingLayout) -> tuple[QuerySet[PaymentLine], QuerySet[ReversalLine]]:
    """Returns the lines that are not in any file yet. A reversal waits for the file with its
    payment, unless the payment is older than all files: if staff left out a payment, its reversals
    are left out too."""
    biller, since = layout.biller, layout.starts_at
    before = min(layout.known_before or since, since)
    known = Q(payment_line__posted_line__isnull=False) | Q(payment_line__recorded_at__lt=before)
    reversals = reversal_lines(biller, since=since).filter(posted_line=None)
    return (
        payment_lines(biller, since=since).filter(posted_line=None),
        reversals.filter(known),
    )


def left_out(layout: PostingLayout, *, since: datetime, until: datetime) -> int:
    """Returns how many payment and reversal lines recorded before `until` are not in any file:
    files that begin at `until` would never contain them."""
    payments = payment_lines(layout.biller, since=since).filter(recorded_at__lt=until)
    reversals = reversal_lines(layout.biller, since=since)
    reversals = reversals.filter(reversal__recorded_at__lt=until)
    return sum(lines.filter(posted_line=None).count() for lines in (payments, reversals))


def _new_file(layout: PostingLayout, day: date, now: datetime) -> PostingFile:
    biller = layout.biller
    numbers = PostingFile.objects.filter(biller=biller).aggregate(last=Max("number"))
    number = (numbers["last"] or 0) + 1
    return PostingFile.objects.create(
        biller=biller,
        number=number,
        name=file_name(layout.file_name, number=number, day=day, biller=biller.slug),
        day=day,
        built_at=now,
        layout=copy_of(layout, list(layout.columns.all())),
    )


def _filled(file: PostingFile, layout: PostingLayout) -> PostingFile:
    """Payments first, so that a reversal always follows its payment."""
    payments, reversals = unposted(layout)
    file.payments = _claim(file, payments, payment_values(), after=0)
    # A posted line names one of the two.
    of_posted = {**reversal_values(), "payment_line_id": NULL}
    file.reversals = _claim(file, reversals, of_posted, after=file.payments)
    lines = PostedLine.objects.filter(file=file)
    sums = lines.aggregate(amount=_sum_of_cents("amount"), fee=_sum_of_cents("fee"))
    file.amount = Decimal(sums["amount"] or 0).scaleb(-2)
    file.fee = Decimal(sums["fee"] or 0).scaleb(-2)
    file.size, file.sha256 = measured(file)
    if Destination.objects.filter(biller=file.biller).exclude(kind=Destination.Kind.NONE).exists():
        file.next_attempt_at = timezone.now()
    file.save()
    return file


def _claim(file: PostingFile, lines: QuerySet[Any], values: Values, *, after: int) -> int:
    """Posts the lines in this file, numbered from `after` + 1 in the order recorded. Returns how
    many. One statement copies them inside the database, so that a million take seconds."""
    number = Window(RowNumber(), order_by=F("pk").asc()) + Value(after)
    rows = lines.order_by().values_list(Value(file.pk), number, *values.values())
    sql, parameters = rows.query.sql_with_params()
    columns = ", ".join(connection.ops.quote_name(name) for name in ("file_id", "number", *values))
    table = connection.ops.quote_name(PostedLine._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) {sql}", parameters)
        return int(cursor.rowcount)


def _sum_of_cents(field: str) -> Sum:
    """SQLite would add the amounts as floats."""
    return Sum(Cast(Round(F(field) * Value(100)), BigIntegerField()))
