"""A biller's wire profile: the installation's from the settings, overridden by the biller's own."""

import json
import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings

from icsso.client.wire.parts import OperationProfile
from icsso.client.wire.profile import WireProfile, WireProfileError

logger = logging.getLogger(__name__)


def effective_wire(own: Mapping[str, Any]) -> WireProfile:
    """Returns the installation's profile, overridden by a biller's own.

    A stored profile that this release cannot read counts as empty: it was valid when it was saved,
    and without it the biller's customers can at least see what is wrong.
    """
    wire, paths = settings.INVOICE_CLOUD_WIRE, settings.INVOICE_CLOUD_PATHS
    return _effective(json.dumps(own), json.dumps(wire), json.dumps(paths))


@lru_cache(maxsize=256)
def _effective(own: str, wire: str, paths: str) -> WireProfile:
    installation = _installation(wire, paths)  # the system checks report errors at startup
    try:
        return WireProfile.parse(own).over(installation)
    except WireProfileError as error:
        logger.error("a stored wire profile is not used: %s", error)
        return installation


@lru_cache(maxsize=8)
def _installation(wire: str, paths: str) -> WireProfile:
    """Returns INVOICE_CLOUD_WIRE, which overrides the paths of INVOICE_CLOUD_PATHS."""
    of_paths = {name: OperationProfile(path=path) for name, path in json.loads(paths).items()}
    return WireProfile.parse(wire).over(WireProfile(operations=of_paths))
