"""One client per biller and process, protected according to the settings."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from typing import NamedTuple, Self
from uuid import UUID

from django.conf import settings
from django.core.cache import cache

from icsso.billers import availability
from icsso.billers.metrics.recorder import tally
from icsso.billers.models import Biller
from icsso.client.client import InvoiceCloudClient
from icsso.client.egress import Egress
from icsso.client.errors import Heard
from icsso.client.resilience.bulkhead import Bulkhead
from icsso.client.resilience.circuit_breaker import Breaker, open_among
from icsso.client.resilience.guard import Guard
from icsso.client.resilience.pipeline import Protection
from icsso.client.resilience.policies import POLICIES, Service
from icsso.client.soap import SoapReader
from icsso.client.wire.profile import WireProfile


class Limits(NamedTuple):
    """The settings of a client: changed settings create a new client."""

    connect_timeout: float
    timeout: float
    timeouts: tuple[tuple[str, float], ...]
    tries: int
    seats: int
    seats_per_biller: int
    breakers: tuple[int, float]  # failures and seconds, as `_breaker` has them
    egress: Egress

    @classmethod
    def of_settings(cls) -> Self:
        return cls(
            connect_timeout=settings.INVOICE_CLOUD_CONNECT_TIMEOUT,
            timeout=settings.INVOICE_CLOUD_TIMEOUT,
            timeouts=tuple(settings.INVOICE_CLOUD_TIMEOUTS.items()),
            tries=settings.INVOICE_CLOUD_TRIES,
            seats=settings.INVOICE_CLOUD_SEATS,
            seats_per_biller=settings.INVOICE_CLOUD_SEATS_PER_BILLER,
            breakers=(
                settings.INVOICE_CLOUD_BREAKER_FAILURES,
                settings.INVOICE_CLOUD_BREAKER_SECONDS,
            ),
            egress=egress(),
        )


def soap_reader_of(biller: Biller) -> SoapReader | None:
    """Returns the biller's reader of Invoice Cloud's SOAP service; None if it is not turned on, or
    the biller GUID or the web service key is missing."""
    key, guid = biller.web_service_key, biller.biller_guid
    if not (biller.reads_customer_records and key and guid):
        return None
    wire = biller.wire.model_dump_json(exclude_unset=True)
    return _soap_reader(biller.slug, biller.base_url, (guid, key), wire, Limits.of_settings())


def egress() -> Egress:
    return Egress(
        public_only=settings.INVOICE_CLOUD_PUBLIC_ONLY,
        proxy=settings.INVOICE_CLOUD_PROXY,
        ca_file=settings.INVOICE_CLOUD_CA_FILE,
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


def limited(slug: str) -> Iterator[str]:
    """Returns the operations that Invoice Cloud wants called less often (429)."""
    return (operation for operation in POLICIES if limit_of(slug, operation).is_open())


def open_services(slugs: Sequence[str]) -> set[tuple[str, Service]]:
    """Returns the result of `held_back` for many billers with one call to the cache."""
    names = open_among(breaker_of(slug, service) for slug in slugs for service in Service)
    pairs = (name.split(":") for name in names)
    return {(slug, Service(service)) for slug, service in pairs}


def limited_in_all(slugs: Sequence[str]) -> Counter[str]:
    """Returns for each operation how many of these billers are `limited`."""
    asked = [limit_of(slug, operation) for slug in slugs for operation in POLICIES]
    return Counter(name.rpartition(":")[2] for name in open_among(asked))


def breaker_of(slug: str, service: Service) -> Breaker:
    return _breaker(f"{slug}:{service}")


def limit_of(slug: str, operation: str) -> Breaker:
    return _breaker(f"{slug}:limit:{operation}")


def _breaker(name: str) -> Breaker:
    return Breaker(
        name=name,
        store=cache,
        failures=settings.INVOICE_CLOUD_BREAKER_FAILURES,
        rest=settings.INVOICE_CLOUD_BREAKER_SECONDS,
    )


def _guards(slug: str) -> dict[str, Guard]:
    return {
        operation: Guard(limit=limit_of(slug, operation), service=breaker_of(slug, policy.service))
        for operation, policy in POLICIES.items()
        if policy.service
    }


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
        egress=limits.egress,
        protection=_protection(slug, limits),
        heard=partial(_note, slug),
    )


@lru_cache(maxsize=256)
def _soap_reader(
    slug: str, base_url: str, credentials: tuple[UUID, str], wire: str, limits: Limits
) -> SoapReader:
    guid, key = credentials
    return SoapReader(
        base_url=base_url,
        biller_guid=guid,
        web_service_key=key,
        connect_timeout=limits.connect_timeout,
        timeout=limits.timeout,
        timeouts=dict(limits.timeouts),
        wire=WireProfile.model_validate_json(wire),
        egress=limits.egress,
        protection=_protection(slug, limits),
        # SOAP outages close no billing page, so they do not count as Invoice Cloud's.
        heard=partial(tally.note, slug),
    )


def _protection(slug: str, limits: Limits) -> Protection:
    return Protection(
        tries=limits.tries,
        bulkhead=Bulkhead(slug, in_all=limits.seats, per_biller=limits.seats_per_biller),
        guards=_guards(slug),
    )


def _note(slug: str, heard: Heard) -> None:
    availability.note(slug, available=heard.available)
    tally.note(slug, heard)
