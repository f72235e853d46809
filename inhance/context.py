"""What every template knows."""

from typing import Any

from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, Any]:
    return {"biller": getattr(request, "biller", None)}
