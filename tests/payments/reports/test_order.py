"""What a report begins with: the totals, then the latest days; nothing that says nothing."""

from datetime import date, timedelta
from decimal import Decimal

from payments.reports.charts import draw
from payments.reports.tables import Table, Value
from tests.whole_dates import spaced

FIRST = date(2026, 11, 1)


def drawn(*amounts: str, further: Value = 1) -> list[list[str]]:
    """The rows as shown, of these amounts on one day after the other."""
    rows = [
        (FIRST + timedelta(days=n), int(bool(Decimal(amount))) and further, Decimal(amount))
        for n, amount in enumerate(amounts)
    ]
    table = Table("Payments by day", ["Day", "Payments", "Amount"], rows, "", drawn=2, by_day=True)
    return [[spaced(cell) for cell in row.cells] for row in draw("payments", table).rows]


def test_the_latest_day_is_first() -> None:
    assert [row[0] for row in drawn("5.00", "7.00")] == ["Nov 2, 2026", "Nov 1, 2026"]


def test_runs_of_empty_days_are_one_row() -> None:
    assert drawn("0.00", "0.00", "0.00", "7.00", "0.00", "9.00", "0.00", "0.00") == [
        ["Nov 7, 2026 – Nov 8, 2026", "0", "$0.00"],
        ["Nov 6, 2026", "1", "$9.00"],
        ["Nov 5, 2026", "0", "$0.00"],
        ["Nov 4, 2026", "1", "$7.00"],
        ["Nov 1, 2026 – Nov 3, 2026", "0", "$0.00"],
    ]


def test_a_day_with_a_refund_only_is_not_empty() -> None:
    assert [row[0] for row in drawn("0.00", "-5.00")] == ["Nov 2, 2026", "Nov 1, 2026"]


def test_totals_add_up_every_column_and_admit_what_was_deleted() -> None:
    rows: list[tuple[Value, ...]] = [
        (FIRST, 2, Decimal("10.00"), None),
        (FIRST + timedelta(days=1), 3, Decimal("-0.50"), 4),
    ]
    table = Table("Any", ["Day", "Number", "Amount", "Asked"], rows, "", drawn=2, by_day=True)
    assert draw("any", table).totals == ["5", "$9.50", "–"]


def test_the_chart_still_runs_from_left_to_right() -> None:
    rows = [(FIRST, Decimal("1.00")), (FIRST + timedelta(days=1), Decimal("4.00"))]
    drawing = draw("any", Table("Any", ["Day", "Amount"], rows, "", by_day=True))
    assert [column.height for column in drawing.columns] == [25, 100]
    assert (spaced(drawing.first), spaced(drawing.last)) == ("Nov 1, 2026", "Nov 2, 2026")


def test_other_tables_keep_their_order_and_have_no_totals() -> None:
    drawing = draw("any", Table("Any", ["Method", "Number"], [("Visa", 1), ("ACH", 0)], ""))
    assert [row.cells[0] for row in drawing.rows] == ["Visa", "ACH"]
    assert drawing.totals == []
