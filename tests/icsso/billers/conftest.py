"""A biller that was just entered, and somebody who may set it up."""

import pytest
from django.test import Client

from accounts.models import User
from icsso.billers.models import Biller
from tests.icsso.billers.onboarding.going_live import signed_in


@pytest.fixture
def new(db: None) -> Biller:
    """Just entered: a name, and nothing else."""
    return Biller.objects.create(slug="shelbyville-power", name="Shelbyville Power")


@pytest.fixture
def operator(db: None) -> Client:
    return signed_in(User.objects.create_superuser("operator@example.com"))
