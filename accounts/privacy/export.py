"""What is held about one member, and what is left out, as JSON or as a page to read: in pieces,
because a property manager may have hundreds of thousands of payments."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Member
from accounts.privacy import parts as _parts  # noqa: F401  (registers those of `accounts`)
from accounts.privacy.registry import Part, parts
from backoffice.exports.files import in_batches

PIECE = 200  # rows
# The file is read where it was saved: it has no style sheet beside it.
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;padding:0 1rem;max-width:70rem}"
    "main{overflow-x:auto}table{border-collapse:collapse;margin:0 0 1.5rem}"
    "th,td{text-align:left;vertical-align:top;padding:.4rem 1rem .4rem 0;"
    "border-bottom:1px solid #c9d0d6}h2{margin:2rem 0 .5rem}:root{color-scheme:light dark}"
)
LEFT_OUT = (
    gettext_lazy("passwords, codes, and emailed links, which nobody can read"),
    gettext_lazy("what Invoice Cloud holds: saved cards, AutoPay, bills, and its payment history"),
    gettext_lazy("the utility’s own records, such as its lists of payments and its notes"),
    gettext_lazy("sign-ups that were not finished, emails that are still being sent, and backups"),
)


def as_json(member: Member) -> Iterator[str]:
    """Returns one object: a list of rows for each part. Amounts are texts, times are ISO 8601."""
    facts = {"biller": member.biller.name, "exported_at": timezone.now()}
    with translation.override(member.language):
        yield _object({**facts, "left_out": [str(text) for text in LEFT_OUT]})[:-1]
    for part in parts():
        yield f",\n{json.dumps(part.key)}: ["
        for number, rows in enumerate(in_batches(part.rows(member), PIECE)):
            yield "".join([",\n" * bool(number), ",\n".join(_row(part, row) for row in rows)])
        yield "]"
    yield "}\n"


def _row(part: Part, row: Any) -> str:
    return _object({item.key: item.value(row) for item in part.items})


def _object(values: dict[str, Any]) -> str:
    return json.dumps(values, cls=DjangoJSONEncoder, ensure_ascii=False)


def as_html(member: Member) -> Iterator[str]:
    """Returns a complete document, in the member's language and the biller's time zone."""
    yield _said(member, lambda: _head(member))
    for part in parts():
        yield _said(member, lambda part=part: _part_head(part))
        number = 0
        for rows in in_batches(part.rows(member), PIECE):
            number += len(rows)
            yield _said(member, lambda part=part, rows=rows: _part_rows(part, rows))
        end = "" if number else _said(member, lambda part=part: _no_rows(part))
        yield f"{end}</tbody></table>\n"
    yield _said(member, _left_out)
    yield "</main></body></html>\n"


def _said(member: Member, say: Any) -> str:
    """The language and the zone are not active any more when a response is streamed."""
    with translation.override(member.language), member.biller.in_zone():
        return str(say())


def _head(member: Member) -> SafeString:
    title = _("What %(biller)s holds about you") % {"biller": member.biller}
    return format_html(
        '<!doctype html>\n<html lang="{}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>{}</title><style>{}</style></head><body><main><h1>{}</h1><p>{}</p>\n",
        member.language,
        title,
        STYLE,
        title,
        date_format(timezone.localtime(), "DATETIME_FORMAT"),
    )


def _part_head(part: Part) -> SafeString:
    headings = format_html_join(
        "", '<th scope="col">{}</th>', ([capfirst(str(item.label))] for item in part.items)
    )
    return format_html(
        "<h2>{}</h2>\n<table><thead><tr>{}</tr></thead><tbody>\n",
        capfirst(str(part.title)),
        headings,
    )


def _part_rows(part: Part, rows: Any) -> SafeString:
    cells = (
        format_html_join("", "<td>{}</td>", ([_text(item.value(row))] for item in part.items))
        for row in rows
    )
    return format_html_join("", "<tr>{}</tr>\n", ([row] for row in cells))


def _no_rows(part: Part) -> SafeString:
    return format_html('<tr><td colspan="{}">{}</td></tr>', len(part.items), _("None."))


def _left_out() -> SafeString:
    items = format_html_join("", "<li>{}</li>", ([text] for text in LEFT_OUT))
    return format_html("<h2>{}</h2>\n<ul>{}</ul>\n", _("What is not in here"), items)


def _text(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    return date_format(value) if isinstance(value, date) else str(value)
