"""Stops the start when INVOICE_CLOUD_PATHS cannot mean what it says."""

import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from icsso.contract import OPERATIONS

PLACEHOLDER = re.compile(r"\{(.*?)\}")


@register()
def check_paths(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    faults: list[CheckMessage] = []
    for operation, path in settings.INVOICE_CLOUD_PATHS.items():
        fault = _fault(operation, path)
        if fault:
            hint = f"Operations: {', '.join(OPERATIONS)}."
            faults.append(Error(f"INVOICE_CLOUD_PATHS: {fault}", hint=hint, id="icsso.E001"))
    return faults


def _fault(operation: str, path: object) -> str:
    if operation not in OPERATIONS:
        return f"there is no operation {operation!r}."
    # Without the slash, the path would lengthen the host name: https://host + .elsewhere.com
    if not isinstance(path, str) or not path.startswith("/"):
        return f"the path of {operation!r} must begin with a slash."
    wanted = PLACEHOLDER.findall(OPERATIONS[operation].path)
    if PLACEHOLDER.findall(path) != wanted:
        return f"the path of {operation!r} must hold {wanted or 'no placeholder'}."
    return ""
