"""Probes a biller's Invoice Cloud, for the command and for onboarding."""

from icsso.billers.clients import client_of, soap_reader_of
from icsso.billers.models import Biller
from icsso.client.probe.probe import Probe
from icsso.client.probe.walk import Arguments, Target


def probe_of(biller: Biller, arguments: Arguments) -> Probe:
    """Returns a probe of the biller's Invoice Cloud. It bypasses the circuit breakers and the
    metrics, so that its findings do not affect customers."""
    host = biller.hosts.order_by("pk").values_list("host", flat=True).first()
    reader = soap_reader_of(biller)
    target = Target(
        client=client_of(biller),
        api_key=biller.api_key,
        profile=biller.wire,
        biller_guid=biller.biller_guid,
        css_url=biller.css_url,
        without_frame=biller.opens_without_frame,
        hosts=tuple(biller.extra_hosts.split()),
        portal=f"https://{host}" if host else "",
        customer_record=reader.view_customer_record if reader else None,
    )
    return Probe(target, arguments)
