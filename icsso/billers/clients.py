"""One client per biller and process, protected according to the settings."""

from collections.abc import Iterator
from functools import lru_cache, partial
from typing import NamedTuple, Self

from django.conf import settings
from django.core.cache import cache

from icsso.billers import availability
from icsso.billers.metrics.recorder import tally
from icsso.billers.models import Biller
from icsso.client.client import InvoiceCloudClient
from icsso.client.outcomes import Heard
from icsso.client.resilience.bulkhead import Bulkhead
from icsso.client.resilience.circuit_breaker import Breaker
from icsso.client.resilience.pipeline import Protection
from icsso.client.resilience.policies import Service
from icsso.client.wire_profile import WireProfile


class Limits(NamedTuple):
    """The settings of a client: changed settings create a new client."""

    connect_timeout: float
    timeout: float
    timeouts: tuple[tuple[str, float], ...]
    tries: int
    seats: int
    seats_per_biller: int
    public_only: bool

    @classmethod
    def of_settings(cls) -> Self:
        return cls(
            connect_timeout=settings.INVOICE_CLOUD_CONNECT_TIMEOUT,
            timeout=settings.INVOICE_CLOUD_TIMEOUT,
            timeouts=tuple(settings.INVOICE_CLOUD_TIMEOUTS.items()),
            tries=settings.INVOICE_CLOUD_TRIES,
            seats=settings.INVOICE_CLOUD_SEATS,
            seats_per_biller=settings.INVOICE_CLOUD_SEATS_PER_BILLER,
            public_only=settings.INVOICE_CLOUD_PUBLIC_ONLY,
        )


def client_of(biller: Biller) -> InvoiceCloudClient:
    """Returns the biller's Invoice Cloud client, with one connection pool per process."""
    wire = biller.wire
    hosts = tuple(dict.fromkeys((*wire.hosts, *biller.extra_hosts.split())))
    sealed = WireProfile(hosts=hosts).over(wire).model_dump_json(exclude_unset=True)
    limits = Limits.of_settings()
    return _pooled(biller.slug, biller.base_url, biller.api_key, sealed, limits)


def held_back(slug: str) -> Iterator[Service]:
    """Returns the services whose breaker is open: not called until a probe succeeds."""
    return (service for service in Service if breaker_of(slug, service).is_open())


def breaker_of(slug: str, service: Service) -> Breaker:
    return Breaker(
        name=f"{slug}:{service}",
        store=cache,
        failures=settings.INVOICE_CLOUD_BREAKER_FAILURES,
        rest=settings.INVOICE_CLOUD_BREAKER_SECONDS,
    )


@lru_cache(maxsize=256)
def _pooled(
    slug: str, base_url: str, api_key: str, wire: str, limits: Limits
) -> InvoiceCloudClient:
    return InvoiceCloudClient(
        base_url=base_url,
        api_key=api_key,
        connect_timeout=limits.connect_timeout,
        timeout=limits.timeout,
        timeouts=dict(limits.timeouts),
        wire=WireProfile.model_validate_json(wire),
        public_only=limits.public_only,
        protection=Protection(
            tries=limits.tries,
            bulkhead=Bulkhead(slug, in_all=limits.seats, per_biller=limits.seats_per_biller),
            breakers={service: breaker_of(slug, service) for service in Service},
        ),
        heard=partial(_note, slug),
    )


def _note(slug: str, heard: Heard) -> None:
    availability.note(slug, available=heard.available)
    tally.note(slug, heard)
