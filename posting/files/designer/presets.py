"""Layouts to start from. A biller's own is then edited column by column."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from icsso.billers.models import Biller
from posting.files.fields import HEADER, LINE, TRAILER, first_format
from posting.models import PostingColumn, PostingLayout

Form, Fill = PostingLayout.Form, PostingColumn.Fill
ColumnFacts = Mapping[str, Any]


class Preset(NamedTuple):
    label: str | Promise
    layout: Mapping[str, Any]
    columns: Sequence[ColumnFacts]


def _named(field: str, heading: str, format: str = "") -> ColumnFacts:
    return {"record": LINE, "field": field, "heading": heading, "format": format}


def _fixed(
    record: str, field: str, width: int, *, fill: str = Fill.LEFT, format: str = "", **more: Any
) -> ColumnFacts:
    wide = {"record": record, "field": field, "width": width, "fill": fill, "format": format}
    return {**wide, **more}


PRESETS: Mapping[str, Preset] = {
    "csv": Preset(
        _("CSV with headings"),
        {"form": Form.CSV, "file_name": "payments-{biller}-{date:%Y%m%d}-{number:06d}.csv"},
        (
            _named("account_number", "Account"),
            _named("invoice_number", "Invoice"),
            _named("happened_at", "Date", "us"),
            _named("amount", "Amount", "decimal"),
            _named("fee", "Fee", "decimal"),
            _named("kind", "Type", "word"),
            _named("method", "Method"),
            _named("payment_guid", "PaymentGUID", "hyphens"),
            _named("reference", "Reference"),
            _named("key", "Key"),
        ),
    ),
    "fixed": Preset(
        _("Fixed width with header and trailer"),
        {
            "form": Form.FIXED,
            "encoding": PostingLayout.Encoding.ASCII,
            "file_name": "payments-{biller}-{date:%Y%m%d}-{number:06d}.txt",
        },
        (
            _fixed(HEADER, "literal", 1, literal="H"),
            _fixed(HEADER, "built_at", 14, format="digits_time"),
            _fixed(HEADER, "file_number", 8, fill=Fill.ZEROS),
            _fixed(HEADER, "literal", 118),
            _fixed(LINE, "literal", 1, literal="D"),
            _fixed(LINE, "account_number", 20),
            _fixed(LINE, "invoice_number", 20),
            _fixed(LINE, "happened_at", 8, format="digits"),
            _fixed(LINE, "amount", 12, fill=Fill.ZEROS, format="cents"),
            _fixed(LINE, "fee", 8, fill=Fill.ZEROS, format="cents"),
            _fixed(LINE, "kind", 1, format="letter"),
            _fixed(LINE, "method", 15, may_cut=True),
            _fixed(LINE, "payment_guid", 36, format="hyphens"),
            _fixed(LINE, "key", 20),
            _fixed(TRAILER, "literal", 1, literal="T"),
            _fixed(TRAILER, "lines", 10, fill=Fill.ZEROS),
            _fixed(TRAILER, "payments", 10, fill=Fill.ZEROS),
            _fixed(TRAILER, "reversals", 10, fill=Fill.ZEROS),
            _fixed(TRAILER, "sum_amount", 15, fill=Fill.ZEROS, format="cents"),
            _fixed(TRAILER, "sum_fee", 15, fill=Fill.ZEROS, format="cents"),
            _fixed(TRAILER, "literal", 80),
        ),
    ),
}


@transaction.atomic
def start_layout(biller: Biller, preset: str) -> PostingLayout:
    """Returns a new layout that is off. Once on, it builds at the next time of day."""
    chosen = PRESETS[preset]
    layout = PostingLayout(biller=biller, **chosen.layout)
    layout.built_for = layout.day_of(timezone.now())
    layout.save()
    for record in PostingColumn.Record.values:
        own = [facts for facts in chosen.columns if facts["record"] == record]
        PostingColumn.objects.bulk_create(
            PostingColumn(layout=layout, position=number * 10, **_complete(facts))
            for number, facts in enumerate(own, start=1)
        )
    return layout


def _complete(facts: ColumnFacts) -> dict[str, Any]:
    return {**facts, "format": facts.get("format") or first_format(facts["field"])}
