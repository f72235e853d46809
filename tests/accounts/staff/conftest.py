from collections.abc import Iterator

import pytest

from icsso.billers.identity_provider.models import IdentityProvider, Use
from icsso.billers.models import Biller
from tests.accounts.staff.providers import (
    CALLBACK,
    CLIENT_ID,
    CLIENT_SECRET,
    HERE,
    LyingProvider,
    RealProvider,
)
from tests.cast import Cast


def set_up(biller: Biller, issuer: str, **fields: str) -> IdentityProvider:
    return IdentityProvider.objects.create(
        biller=biller,
        name="Springfield's directory",
        issuer=issuer,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        **{"use": Use.OFFERED, "allowed_domains": "springfield-water.example", **fields},
    )


@pytest.fixture(scope="session")
def real_provider() -> Iterator[RealProvider]:
    provider = RealProvider(HERE + CALLBACK)
    yield provider
    provider.stop()


@pytest.fixture
def provider(real_provider: RealProvider, cast: Cast) -> IdentityProvider:
    return set_up(cast.biller, real_provider.issuer)


@pytest.fixture
def liar(cast: Cast) -> Iterator[LyingProvider]:
    with LyingProvider() as provider:
        set_up(cast.biller, provider.issuer)
        yield provider
