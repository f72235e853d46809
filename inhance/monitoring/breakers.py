"""Metrics from the cache: for which billers Invoice Cloud is currently not called."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from icsso.billers.clients import limited_in_all, open_services
from icsso.billers.models import Biller
from icsso.client.resilience.policies import POLICIES, Service

MOST_BILLERS = 1000
# As last read from the database: breakers are reported while it is unavailable.
_slugs: list[str] = []


def billers() -> Iterator[Metric]:
    """Returns how many billers are open to customers, and remembers which."""
    active = Biller.objects.filter(is_active=True).order_by("slug")
    _slugs[:] = active.values_list("slug", flat=True)[:MOST_BILLERS]
    yield GaugeMetricFamily("portal_billers", "Billers open to customers", value=len(_slugs))


def breakers() -> Iterator[Metric]:
    slugs = list(_slugs)
    state = GaugeMetricFamily(
        "portal_breaker_open", "1 while Invoice Cloud is not called", labels=["biller", "service"]
    )
    opened = open_services(slugs)
    for slug in slugs:
        for service in Service:
            state.add_metric([slug, service], (slug, service) in opened)
    limited = GaugeMetricFamily(
        "portal_operations_limited",
        "Billers whose Invoice Cloud wants fewer of these calls (429)",
        labels=["operation"],
    )
    numbers = limited_in_all(slugs)
    for operation in POLICIES:
        limited.add_metric([operation], numbers[operation])
    yield from (state, limited)
