"""One client per biller and process, protected according to the settings."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import NamedTuple, Self
from uuid import UUID

from django.conf import settings
from django.core.cache import cache

from icsso.billers import availability
from icsso.billers.metrics.recorder import tally
from icsso.billers.models import Biller
from icsso.client.client import InvoiceCloudClient
from icsso.client.connection import Options
from icsso.client.egress import Egress
from icsso.client.errors import Heard
from icsso.client.resilience.bulkhead import Bulkhead
from icsso.client.resilience.circuit_breaker import Breaker, open_among
from icsso.client.resilience.guard import Guard
from icsso.client.resilience.pipeline import Protection
from icsso.client.resilience.policies import POLICIES, Service
from icsso.client.soap import SoapReader
from icsso.client.wire.profile import WireProfile


class ClientSettings(NamedTuple):
    """What decides how a biller's calls are made: if any of it changes, a new client is made."""

    slug: str
    base_url: str
    wire: str  # a WireProfile as JSON
    connect_timeout: float
    timeout: float
    timeouts: tuple[tuple[str, float], ...]
    tries: int
    seats: int
    seats_per_biller: int
    breakers: tuple[int, float]  # failures and seconds, as `_breaker` has them
    egress: Egress

    @classmethod
    def of(cls, biller: Biller, wire: WireProfile) -> Self:
        return cls(
            slug=biller.slug,
            base_url=biller.base_url,
            wire=wire.model_dump_json(exclude_unset=True),
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

    def options(self, heard: Callable[[Heard], None]) -> Options:
        return Options(
            connect_timeout=self.connect_timeout,
            timeout=self.timeout,
            timeouts=dict(self.timeouts),
            wire=WireProfile.model_validate_json(self.wire),
            egress=self.egress,
            protection=Protection(
                tries=self.tries,
                bulkhead=Bulkhead(self.slug, in_all=self.seats, per_biller=self.seats_per_biller),
                guards=_guards(self.slug),
            ),
            heard=heard,
        )


def soap_reader_of(biller: Biller) -> SoapReader | None:
    """Returns the biller's reader of Invoice Cloud's SOAP service; None if it is not turned on, or
    the biller GUID or the web service key is missing."""
    key, guid = biller.web_service_key, biller.biller_guid
    if not (biller.reads_customer_records and key and guid):
        return None
    return _soap_reader(ClientSettings.of(biller, biller.wire), guid, key)


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
    return _client(ClientSettings.of(biller, WireProfile(hosts=hosts).over(wire)), biller.api_key)


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
def _client(client_settings: ClientSettings, api_key: str) -> InvoiceCloudClient:
    options = client_settings.options(partial(_note, client_settings.slug))
    return InvoiceCloudClient(base_url=client_settings.base_url, api_key=api_key, options=options)


@lru_cache(maxsize=256)
def _soap_reader(client_settings: ClientSettings, biller_guid: UUID, key: str) -> SoapReader:
    return SoapReader(
        base_url=client_settings.base_url,
        biller_guid=biller_guid,
        web_service_key=key,
        # SOAP outages close no billing page, so they do not count as Invoice Cloud's.
        options=client_settings.options(partial(tally.note, client_settings.slug)),
    )


def _note(slug: str, heard: Heard) -> None:
    availability.note(slug, available=heard.available)
    tally.note(slug, heard)
