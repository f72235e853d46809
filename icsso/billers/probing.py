"""Probes a biller's Invoice Cloud, for the command and for onboarding."""

from django.conf import settings

from icsso.billers.models import Biller
from icsso.client.probe.probe import Probe
from icsso.client.probe.walk import Arguments, Target


def probe_of(biller: Biller, arguments: Arguments) -> Probe:
    """Returns a probe of the biller's Invoice Cloud. It keeps outside of the circuit breakers and
    the metrics: what it finds out must not hold back customers."""
    host = biller.hosts.order_by("pk").values_list("host", flat=True).first()
    target = Target(
        base_url=biller.base_url,
        api_key=biller.api_key,
        profile=biller.wire,
        biller_guid=biller.biller_guid,
        settings={
            "connect_timeout": settings.INVOICE_CLOUD_CONNECT_TIMEOUT,
            "timeout": settings.INVOICE_CLOUD_TIMEOUT,
            "timeouts": settings.INVOICE_CLOUD_TIMEOUTS,
            "public_only": settings.INVOICE_CLOUD_PUBLIC_ONLY,
        },
        css_url=biller.css_url,
        without_frame=biller.opens_without_frame,
        hosts=tuple(biller.extra_hosts.split()),
        portal=f"https://{host}" if host else "",
    )
    return Probe(target, arguments)
