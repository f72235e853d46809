"""What onboarding says about the first postbacks."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

import pytest
from django.test import Client
from django.utils import timezone

from icsso.billers.models import Biller
from icsso.billers.postback_samples.comparison import columns, differences, suggested
from icsso.billers.postback_samples.models import PostbackSample
from icsso.billers.postback_samples.recording import describe
from icsso.client.contract import PostbackField
from icsso.client.wire.parts import PostbackProfile
from tests.icsso.billers.onboarding.going_live import act, page

CONTRACT = PostbackProfile()
FORM = "application/x-www-form-urlencoded"
VALUES = {
    "PaymentGUID": "0b8e3f6e-6f0d-4a57-8f6a-2f3f8d1c9a10",
    "BillerGUID": "5F0C1D7E-3B52-4C1E-9A44-0D1F6C2B8E10",
    "PaymentDate": "11/23/2026+3:04:05+PM",
    "PaymentAmount": "1,234.50",
    "ConvenienceFee": "2.50",
    "Approved": "True",
}
FIVE_PAST_EIGHT = datetime(2026, 11, 23, 20, 5, 30, tzinfo=UTC)
PROMISED = dict.fromkeys(PostbackField, "x") | VALUES


def sample(fields: dict[str, str], **facts: Any) -> PostbackSample:
    form = "&".join(f"{name}={value}" for name, value in fields.items()).encode()
    sent = {"method": "POST", "content_type": FORM, "query": b"", "body": form}
    return describe(**{**sent, "profile": CONTRACT, **facts})


def said(*samples: PostbackSample, profile: PostbackProfile = CONTRACT) -> str:
    found = differences(list(samples), profile)
    return " ".join(f"{'! ' if one.matters else ''}{one.words}" for one in found)


def test_what_the_contract_says_is_no_difference() -> None:
    assert differences([], CONTRACT) == []
    assert said(sample(PROMISED), sample(PROMISED)) == ""
    assert said(sample({name.upper(): value for name, value in PROMISED.items()})) == ""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Approved": "Y"}, "! Approved has a text that the portal doesn't know (text:1)."),
        ({"PaymentAmount": "84,20 EUR"}, "! PaymentAmount is not written like money"),
        ({"ConvenienceFee": "none"}, "! ConvenienceFee is not written like money"),
        ({"PaymentDate": "2026-11-23T15:04:05"}, "PaymentDate is not written like a date"),
        ({"PaymentGUID": "4711"}, "! PaymentGUID is not written like a GUID (digits:4)."),
        ({"TransactionFee": "2.00"}, "Sent, but not in the contract: TransactionFee."),
        ({"55512345": "2.00"}, "! Part of it has no readable name."),
    ],
)
def test_each_difference_of_a_field(changes: dict[str, str], expected: str) -> None:
    assert said(sample(PROMISED | changes)).startswith(expected)


def test_names_that_no_postback_had() -> None:
    partly = {name: value for name, value in PROMISED.items() if name != "RemoteIP"}
    assert said(sample(partly)) == "Not sent so far: RemoteIP."
    assert said(sample(partly), sample(PROMISED)) == ""
    renamed = {name: value for name, value in PROMISED.items() if name != "PaymentGUID"}
    assert said(sample(renamed | {"TransactionGUID": VALUES["PaymentGUID"]})) == (
        "! Needed for a payment and not sent: PaymentGUID. "
        "! Sent, but not in the contract: TransactionGUID."
    )


def test_each_difference_of_the_call() -> None:
    form = "&".join(f"{name}={value}" for name, value in PROMISED.items()).encode()
    in_address = sample({}, query=form, method="GET", content_type="")
    assert said(in_address).startswith("Sent by GET instead of POST. Fields are in the address")
    only_post = PostbackProfile(method="POST")
    refused = "! Sent by GET, which the profile does not allow, and refused."
    assert refused in said(in_address, profile=only_post)
    rows = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{unquote_plus(value)}\r\n'
        for name, value in PROMISED.items()
    )
    multipart = sample(
        {}, content_type="multipart/form-data; boundary=x", body=f"{rows}--x--".encode()
    )
    assert said(multipart) == "The content type is “multipart/form-data” instead of a form."
    unread = sample({}, content_type="application/xml", body=b"<x/>")
    assert "! The content type is “application/xml” instead of a form." in said(unread)


@pytest.mark.parametrize("kind", ["application/json", "application/octet-stream", ""])
def test_what_is_recorded_is_what_is_read(kind: str) -> None:
    plain = {name: unquote_plus(value) for name, value in PROMISED.items()} | {"Approved": True}
    nested = sample({}, content_type=kind, body=json.dumps({"Payment": [plain]}).encode())
    words = f"The content type is “{kind or 'none'}” instead of a form."
    assert said(nested) == words
    assert (nested.approval_is_known, len(nested.fields)) == (True, len(PROMISED))
    cut_off = sample({}, content_type=kind, body=b'{"Approved": "True"')
    assert said(cut_off).startswith(f"! {words}")


def test_xml_is_not_read() -> None:
    unread = sample({}, content_type="text/xml", body=b"<Approved>True</Approved>")
    assert "! The content type is “text/xml” instead of a form." in said(unread)


def test_what_the_wire_profile_says_is_no_difference() -> None:
    profile = PostbackProfile(
        method="GET", fields={"PaymentGUID": "TransactionGUID"}, approved=("Y",)
    )
    fields = {name: value for name, value in PROMISED.items() if name != "PaymentGUID"}
    fields |= {"TransactionGUID": VALUES["PaymentGUID"], "Approved": "Y"}
    one = sample(fields, profile=profile, method="GET")
    assert said(one, profile=profile) == ""
    assert said(one).startswith("Sent by GET instead of POST. ! Needed for a payment and not sent")
    del fields["TransactionGUID"]
    without = sample(fields, profile=profile, method="GET")
    assert "not sent: TransactionGUID." in said(without, profile=profile)


@pytest.mark.parametrize(
    ("written", "zones", "expected"),
    [
        ("11/23/2026+3:04:05+PM", [], ""),  # Eastern, as the contract has it
        ("11/23/2026+2:04:05+PM", [], "America/Chicago"),
        ("11/23/2026+1:04:05+PM", [], "America/Denver"),
        ("11/23/2026+1:04:05+PM", ["America/Phoenix"], "America/Phoenix"),
        ("11/23/2026+8:04:05+PM", [], "UTC"),
        ("11/23/2026+2:30:00+PM", [], ""),  # late, or a clock that is wrong
        ("11/20/2026+2:04:05+PM", [], ""),
        ("11/23/2026", [], ""),
        ("2026-11-23T14:04:05-05:00", [], ""),
        ("soon", [], ""),
    ],
)
def test_the_time_zone_is_told_by_when_a_postback_comes(
    monkeypatch: pytest.MonkeyPatch, written: str, zones: list[str], expected: str
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: FIVE_PAST_EIGHT)
    one = sample(PROMISED | {"PaymentDate": written})
    told = suggested([one], CONTRACT, zones=zones)
    assert told == ({"postback": {"time_zone": expected}} if expected else {})
    words = " ".join(each.words for each in differences([one], CONTRACT, zones=zones))
    assert ("seems to be in the time zone" in words) is bool(expected)
    profile = PostbackProfile(time_zone=expected or CONTRACT.time_zone)
    assert suggested([one], profile, zones=zones) == {}


def test_one_late_postback_says_nothing_of_the_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: FIVE_PAST_EIGHT)
    just_made, late = (
        sample(PROMISED | {"PaymentDate": f"11/23/2026+{hour}:04:05+PM"}) for hour in (3, 2)
    )
    assert suggested([just_made, just_made, late], CONTRACT) == {}
    assert suggested([late, late, just_made], CONTRACT) == {
        "postback": {"time_zone": "America/Chicago"}
    }


def test_names_are_listed_once_with_all_kinds() -> None:
    found = columns([sample({"Approved": "True"}), sample({"approved": "Y", "New": "1"})], CONTRACT)
    assert [(one.name, one.field, one.kinds) for one in found] == [
        ("Approved", "Approved", ["boolean:text", "text:1"]),
        ("New", "", ["digits:1"]),
    ]


def test_the_page_says_whether_a_postback_was_seen(operator: Client, new: Biller) -> None:
    assert "No postback seen yet." in page(operator, new)
    one = sample(PROMISED | {"Approved": "Y"})
    one.biller = new
    one.save()
    shown = page(operator, new)
    assert "1 postback recorded." in shown
    assert "Approved has a text that the portal doesn&#x27;t know (text:1)." in shown
    assert "<code>BillerReference</code>" in shown


def test_after_a_change_of_the_profile_the_next_ones_are_recorded(
    operator: Client, new: Biller
) -> None:
    one = sample(PROMISED)
    one.biller = new
    one.save()
    Biller.objects.update(postbacks_sampled=20)
    assert act(operator, new, "postbacks").status_code == 302
    new.refresh_from_db()
    assert (new.postbacks_sampled, new.postback_samples.count()) == (0, 0)
    assert "No postback seen yet." in page(operator, new)


def test_a_profile_is_suggested_where_only_one_name_fits() -> None:
    assert suggested([], CONTRACT) == suggested([sample(PROMISED)], CONTRACT) == {}
    unlike = {"PaymentGUID", "PaymentAmount", "BillerReference"}
    fields = {name: value for name, value in PROMISED.items() if name not in unlike}
    fields |= {"TransactionID": VALUES["PaymentGUID"], "Amount": "84.2000", "Reference": "abc"}
    names = {
        "PaymentGUID": "TransactionID",
        "PaymentAmount": "Amount",
        "BillerReference": "Reference",
    }
    posted, got = sample(fields), sample(fields, method="GET")
    assert suggested([posted], CONTRACT) == {"postback": {"fields": names}}
    assert suggested([got], CONTRACT) == {"postback": {"fields": names}}
    only_post = suggested([posted, got], PostbackProfile(method="POST"))
    assert only_post == {"postback": {"fields": names, "method": "ANY"}}
    two = sample(fields | {"OtherAmount": "1.00"})
    assert "PaymentAmount" not in suggested([two], CONTRACT)["postback"]["fields"]
    assert suggested([got], PostbackProfile(method="ANY", fields=names)) == {}


def test_the_suggestion_is_filled_in_over_what_is_saved(operator: Client, new: Biller) -> None:
    Biller.objects.update(wire_profile={"sso": {"method": "GET"}})
    renamed = {name: value for name, value in PROMISED.items() if name != "PaymentGUID"}
    one = sample(renamed | {"TransactionID": VALUES["PaymentGUID"]})
    one.biller = new
    one.save()
    assert "?postbacks#wire" in page(operator, new)
    filled = operator.get(f"/admin/icsso/biller/{new.pk}/going-live/?postbacks")
    [form] = [one["form"] for one in filled.context["steps"] if one["step"].slug == "wire"]
    both = {
        "sso": {"method": "GET"},
        "postback": {"fields": {"PaymentGUID": "TransactionID"}},
    }
    assert form.initial["wire_profile"] == both
    assert "Nothing is saved yet." in filled.content.decode()
