"""The yearly statement, to print and as a file, and “My payments” as a file."""

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.http import require_safe

from accounts.ratelimit import count_attempt
from accounts.requests import MemberRequest
from backoffice.exports.files import Column, csv_text
from icsso.billers.decorators import member_required
from payments.checkout.history import every_entry
from payments.statements import columns, services


@require_safe
@member_required
def statements(request: MemberRequest) -> HttpResponse:
    """Shows the newest one."""
    years = services.years_of(request.member)
    if years:
        return redirect("payments:statement", years[0])
    return render(request, "payments/statement.html", {"years": years})


@require_safe
@member_required
def statement(request: MemberRequest, year: int) -> HttpResponse:
    member, years = request.member, services.years_of(request.member)
    if year not in years:
        raise Http404
    payments = services.payments_in(member, year)
    number = payments.count()
    is_shown = number <= services.MOST_SHOWN
    context = {
        "year": year,
        "years": years,
        "number": number,
        "is_shown": is_shown,
        "sums": services.sums_of(payments),
        "accounts": services.by_account(member, payments) if is_shown else [],
        "is_current": year == member.biller.today().year,
        "email": member.email,
    }
    return render(request, "payments/statement.html", context)


@require_safe
@member_required
def statement_file(request: MemberRequest, year: int) -> HttpResponseBase:
    if year not in services.years_of(request.member):
        raise Http404
    found = services.in_order(services.payments_in(request.member, year))
    return _csv(request, columns.STATEMENT, found, f"payments-{year}")


@require_safe
@member_required
def history_file(request: MemberRequest) -> HttpResponseBase:
    return _csv(request, columns.HISTORY, every_entry(request.member), "payments")


def _csv(
    request: MemberRequest, head: tuple[Column, ...], found: Iterator[Any], name: str
) -> HttpResponseBase:
    count_attempt("files", request=request, key=str(request.member.pk))
    rows = columns.rows(head, found, request.biller.zone)
    pieces = _in_language(translation.get_language(), csv_text([col.heading for col in head], rows))
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{request.biller.slug}-{name}.csv"'
    return response


def _in_language(language: str, pieces: Iterator[str]) -> Iterator[str]:
    """Activates the language again, because it is no longer active when a response is streamed."""
    while True:
        with translation.override(language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece
