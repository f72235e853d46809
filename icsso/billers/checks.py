"""System checks: the portal does not start with impossible Invoice Cloud settings."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from icsso.billers.validators import wire_faults
from icsso.client.contract import OPERATIONS
from icsso.client.egress import fault_of_ca_file, fault_of_proxy
from icsso.client.resilience.policies import POLICIES


@register()
def check_paths(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    paths = settings.INVOICE_CLOUD_PATHS.items()
    faults = wire_faults({"operations": {name: {"path": path} for name, path in paths}})
    hint = f"Operations: {', '.join(OPERATIONS)}."
    return [Error(f"INVOICE_CLOUD_PATHS: {one}", hint=hint, id="icsso.E001") for one in faults]


@register()
def check_wire(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    hint = "What a wire profile may contain: docs/wire-profile.md."
    faults = wire_faults(settings.INVOICE_CLOUD_WIRE)
    return [Error(f"INVOICE_CLOUD_WIRE: {one}", hint=hint, id="icsso.E006") for one in faults]


@register()
def check_timeouts(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    faults: list[CheckMessage] = []
    for operation, seconds in settings.INVOICE_CLOUD_TIMEOUTS.items():
        is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if operation not in POLICIES or not is_number or seconds <= 0:
            message = f"INVOICE_CLOUD_TIMEOUTS: {operation!r} must map an operation to seconds."
            hint = f"Operations: {', '.join(POLICIES)}."
            faults.append(Error(message, hint=hint, id="icsso.E002"))
    return faults


@register()
def check_seats(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    seats, per_biller = settings.INVOICE_CLOUD_SEATS, settings.INVOICE_CLOUD_SEATS_PER_BILLER
    if 1 <= per_biller <= seats < max(2, settings.WEB_THREADS):
        return []
    message = "INVOICE_CLOUD_SEATS must leave threads free and be at least the seats of one biller."
    hint = f"WEB_THREADS is {settings.WEB_THREADS}; use three quarters of it, half for one biller."
    return [Error(message, hint=hint, id="icsso.E003")]


@register()
def check_egress(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The messages never repeat a value: a proxy's may contain a password."""
    proxy, ca_file = settings.INVOICE_CLOUD_PROXY, settings.INVOICE_CLOUD_CA_FILE
    faults = {
        "INVOICE_CLOUD_PROXY": fault_of_proxy(proxy) if proxy else "",
        "INVOICE_CLOUD_CA_FILE": fault_of_ca_file(ca_file) if ca_file else "",
    }
    return [Error(f"{name} {fault}.", id="icsso.E004") for name, fault in faults.items() if fault]
