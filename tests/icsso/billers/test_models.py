"""Billers: whose host it is, what may be entered, what is still missing."""

import pytest
from django.core.exceptions import ValidationError
from pytest_django.fixtures import Settings

from icsso.billers.clients import client_of
from icsso.billers.models import Biller, BillerHost

pytestmark = pytest.mark.django_db


def biller(slug: str, *hosts: str, **fields: object) -> Biller:
    made = Biller.objects.create(slug=slug, name=slug.title(), **fields)
    for host in hosts:
        BillerHost.objects.create(biller=made, host=host)
    return made


def faults(**fields: object) -> set[str]:
    try:
        Biller(slug="water", name="Water", **fields).full_clean()
    except ValidationError as error:
        return set(error.message_dict)
    return set()


def test_the_host_decides() -> None:
    water, power = (
        biller("water", "water.example", "www.water.example"),
        biller("power", "power.example"),
    )
    assert Biller.for_host("water.example") == water
    assert Biller.for_host("www.water.example") == water
    assert Biller.for_host("power.example") == power


def test_a_host_is_known_in_any_case_and_with_its_final_dot() -> None:
    water = biller("water", "water.example")
    biller("power", "power.example")
    assert Biller.for_host("WATER.Example") == water
    assert Biller.for_host("water.example.") == water


def test_a_single_biller_needs_no_host_name() -> None:
    assert Biller.for_host("localhost") is None
    water = biller("water")
    assert Biller.for_host("localhost") == water


def test_of_two_billers_none_is_taken_by_default() -> None:
    biller("water", "water.example")
    biller("power", "power.example")
    assert Biller.for_host("localhost") is None


def test_the_host_of_a_biller_that_is_not_open_stays_its_own() -> None:
    biller("water", "water.example", is_active=True)
    power = biller("power", "power.example")
    assert Biller.for_host("power.example") == power


def test_the_only_biller_that_serves_customers_needs_no_host_name() -> None:
    water = biller("water", is_active=True)
    biller("power", "power.example")
    assert Biller.for_host("localhost") == water


def test_a_host_belongs_to_one_biller_only() -> None:
    biller("water", "water.example")
    with pytest.raises(ValidationError):
        BillerHost(biller=biller("power"), host="water.example").full_clean()


@pytest.mark.parametrize(
    "host",
    [
        "https://water.example",
        "Water.example",
        "water.example/",
        "a:80",
        "..",
        "-",
        "a..b",
        ".localhost",
        "localhost.",
        "a-.b",
        "-a.b",
        "*.water.example",
        "",
        "a b",
        "water.example\n",
    ],
)
def test_a_host_is_a_name_in_small_letters(host: str) -> None:
    with pytest.raises(ValidationError):
        BillerHost(biller=biller("water"), host=host).full_clean()


@pytest.mark.parametrize("host", ["water.example", "localhost", "b-2.water.example", "10.0.0.7"])
def test_hosts_as_they_are_entered(host: str) -> None:
    BillerHost(biller=biller("water"), host=host).full_clean()


def test_a_biller_needs_little_to_begin_with() -> None:
    assert faults() == set()


@pytest.mark.parametrize(
    "address",
    [
        "http://www.invoicecloud.com",
        "https://www.invoicecloud.com/portal",
        "https://www.invoicecloud.com?a=1",
        "https://user:secret@www.invoicecloud.com",
        "https://www.invoicecloud.com;script-src",
        "https://*.invoicecloud.com",
        "ftp://www.invoicecloud.com",
        "www.invoicecloud.com",
        "http://127.0.0.1:8001",
        "https://127.0.0.1",
        "https://10.0.0.1",
        "https://169.254.169.254",
        "https://52.1.2.3",
        "https://[::1]",
        "https://[fe80::1]",
        "https://2130706433",
        "https://0x7f.1",
        "https://127.1",
        "https://0x7f000001",
        "https://localhost",
        "https://portal.localhost",
        "https://localhost.",
        "https://metadata.google.internal",
        "https://printer.local",
        "https://database",
        "https://a..example",
        "https://-.example",
    ],
)
def test_invoice_clouds_addresses_are_https_servers_and_no_more(
    address: str, settings: Settings
) -> None:
    settings.INVOICE_CLOUD_PUBLIC_ONLY = True
    assert faults(base_url=address) == {"base_url"}
    assert faults(extra_hosts=address) == {"extra_hosts"}


def test_the_sandbox_is_allowed_on_a_developers_machine_alone(settings: Settings) -> None:
    settings.DEBUG = True
    for address in ("http://127.0.0.1:8001", "http://localhost:8001", "http://[::1]:8001"):
        assert faults(base_url=address) == set(), address
    assert faults(base_url="http://www.invoicecloud.com") == {"base_url"}
    assert faults(base_url="http://10.0.0.1") == {"base_url"}


def test_a_server_on_a_private_line_is_allowed_where_the_setting_says_so(
    settings: Settings,
) -> None:
    for address in ("https://10.20.0.5", "https://icloud.internal:8443", "https://[fd00::7]"):
        for is_on, refused in ((False, set()), (True, {"base_url"})):
            settings.INVOICE_CLOUD_PUBLIC_ONLY = is_on
            assert faults(base_url=address) == refused, address
    settings.INVOICE_CLOUD_PUBLIC_ONLY = False
    assert faults(base_url="http://10.20.0.5") == {"base_url"}


def test_further_addresses_stand_one_per_line() -> None:
    made = Biller(slug="w", name="W", extra_hosts="https://a.example/  https://b.example:8443\n")
    made.full_clean()
    assert made.extra_hosts == "https://a.example\nhttps://b.example:8443"
    assert made.origins == [
        "https://www.invoicecloud.com",
        "https://a.example",
        "https://b.example:8443",
    ]


@pytest.mark.parametrize("field", ["css_url", "return_url"])
def test_css_and_return_are_https_with_any_path(field: str) -> None:
    assert faults(**{field: "https://water.example/a.css?v=1"}) == set()
    assert faults(**{field: "http://water.example/a.css"}) == {field}


def test_a_color_nobody_can_read_is_refused_with_the_nearest_that_can() -> None:
    assert faults(accent="#0b5cad") == set()
    with pytest.raises(ValidationError) as caught:
        Biller(slug="water", name="Water", accent="#ffee00").full_clean()
    (message,) = caught.value.message_dict["accent"]
    nearest = message.rsplit(" ", 1)[1].rstrip(".")
    assert faults(accent=nearest) == set()


@pytest.mark.parametrize("color", ["blue", "#12", "#12345g", "0b5cad"])
def test_a_color_is_written_as_six_digits(color: str) -> None:
    assert faults(accent=color) == {"accent"}


def test_addresses_of_the_past_that_make_no_sense_open_nothing() -> None:
    odd = Biller(base_url="https://www.invoicecloud.com", extra_hosts="nonsense https://a;b 'self'")
    assert odd.origins == ["https://www.invoicecloud.com"]


def test_keys_are_taken_over_with_their_moment_and_kept_when_empty() -> None:
    water = biller("water")
    assert water.take_keys(api_key="one") == ["api_key"]
    moment = water.api_key_set_at
    assert moment is not None
    assert water.take_keys() == []
    assert water.take_keys(api_key="one") == []
    assert water.take_keys(web_service_key="two") == ["web_service_key"]
    assert (water.api_key, water.api_key_set_at, water.web_service_key) == ("one", moment, "two")


def test_one_client_per_biller_and_process_until_something_changes() -> None:
    water, power = biller("water", api_key="one"), biller("power", api_key="one")
    assert client_of(Biller.objects.get(slug="water")) is client_of(water)
    assert client_of(power) is not client_of(water)
    before = client_of(water)
    water.api_key = "two"
    assert client_of(water) is not before
