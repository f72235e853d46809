"""How long calls to Invoice Cloud took and how they ended, from counts per range of durations."""

from collections import Counter
from collections.abc import Mapping

from django.db.models import Sum
from django.utils.translation import gettext as _

from backoffice.retention import kept_for
from icsso.billers.metrics.models import BOUNDS, CallMeasure
from icsso.client.errors import Outcome
from payments.reports.tables import Scope, Table, Value, whole_since

Spans = Mapping[int, int]  # number of calls by the upper bound of their milliseconds


def calls_by_operation(scope: Scope) -> Table:
    spans: dict[str, Counter[int]] = {}
    outcomes: dict[str, Counter[str]] = {}
    for operation, outcome, milliseconds, calls in _counted(scope):
        spans.setdefault(operation, Counter())[milliseconds] += calls
        outcomes.setdefault(operation, Counter())[outcome] += calls
    return Table(
        title=_("Calls to Invoice Cloud by operation"),
        headings=[
            _("Operation"),
            _("Median, ms"),
            _("95th percentile, ms"),
            _("Calls"),
            _("Refused"),
            _("No response"),
            _("Not available"),
            _("Unreadable response"),
            _("Wrong API key"),
        ],
        rows=[_row(name, spans[name], outcomes[name]) for name in sorted(spans)],
        empty=_("The portal didn't call Invoice Cloud in this period."),
        drawn=2,
        note=whole_since(scope, _("Calls"), kept_for("call_metrics")),
    )


def percentile(spans: Spans, share: float) -> int:
    """Returns the milliseconds within which this share of the calls ended, with linear
    interpolation within a range."""
    wanted = share * sum(spans.values())
    passed, low = 0, 0
    for bound in BOUNDS:
        calls = spans.get(bound, 0)
        if calls and passed + calls >= wanted:
            return round(low + (bound - low) * (wanted - passed) / calls)
        passed, low = passed + calls, bound
    return 0


def _row(operation: str, spans: Spans, outcomes: Mapping[str, int]) -> list[Value]:
    failures = (
        Outcome.REFUSED,
        Outcome.NO_ANSWER,
        Outcome.UNAVAILABLE,
        Outcome.NOT_UNDERSTOOD,
        Outcome.UNAUTHORIZED,
    )
    times: list[Value] = [percentile(spans, 0.5), percentile(spans, 0.95)]
    return [operation, *times, sum(spans.values()), *(outcomes.get(each, 0) for each in failures)]


def _counted(scope: Scope) -> list[tuple[str, str, int, int]]:
    """Returns one row for each operation, outcome, and range: about a thousand at most."""
    measures = CallMeasure.objects.filter(scope.within("hour"))
    kinds = measures.values_list("operation", "outcome", "milliseconds")
    return list(kinds.annotate(number=Sum("calls")).order_by())
