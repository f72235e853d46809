"""A scrape does not wait for a source that hangs, and does not ask it again until it has
answered."""

from collections.abc import Iterator
from threading import Event

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from inhance.monitoring.sources import Source, Sources

LONG = 30.0


def test_what_was_read_before_it_hung_is_told():
    over, began = Event(), []

    def quick() -> Iterator[Metric]:
        yield GaugeMetricFamily("portal_quick", "Known", value=7)

    def hanging() -> Iterator[Metric]:
        began.append(True)
        over.wait(LONG)
        yield GaugeMetricFamily("portal_late", "Known too late", value=1)

    source = Source("slow", quick, hanging, seconds=2)
    told = {each.name: each.samples for each in Sources(source).collect()}
    again = {each.name: each.samples for each in Sources(source).collect()}
    over.set()
    assert [sample.value for sample in told["portal_quick"]] == [7]
    assert "portal_late" not in told
    assert [sample.value for sample in told["portal_source_up"]] == [0]
    assert list(again) == ["portal_source_up"]
    assert len(began) == 1
