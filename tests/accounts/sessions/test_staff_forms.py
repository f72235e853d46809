"""A form of the back office that is sent after its session has ended comes back with what was
typed, to whoever typed it, without secrets, and nothing is saved."""

import re
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.core import signing
from django.test import Client, RequestFactory

from accounts.models import StaffUser, User
from accounts.sessions import staff_forms, typed
from icsso.billers.announcements.models import Announcement
from payments.models import Postback
from payments.models.review_decision import ReviewDecision
from tests.accounts.sessions.ended import opened, time_out, words
from tests.cast import STAFF_PASSWORD, Cast, staff
from tests.payments.paying import members, postback_fields, send_postback

pytestmark = pytest.mark.django_db
HERE = "Here's what you typed. Nothing has been saved yet."
NOTE = "Jordan at Invoice Cloud says that it was paid."


def sign_in(browser: Client, who: User) -> Any:
    page = browser.get("/admin/login/")
    token = str(page.context["csrf_token"])
    sent = {"username": who.email, "password": STAFF_PASSWORD, "csrfmiddlewaretoken": token}
    answer = browser.post("/admin/login/", sent)
    assert answer.status_code == 302
    return answer


@pytest.fixture
def finance(cast: Cast) -> User:
    return staff("finance", cast.biller)


@pytest.fixture
def administrator(cast: Cast) -> User:
    return staff("administrator", cast.biller)


@pytest.fixture
def review(cast: Cast) -> str:
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout, Approved="Maybe"))
    return f"/admin/payments/postback/{Postback.objects.get().pk}/review/"


def test_a_decision_comes_back_and_is_not_made(finance: User, review: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    sign_in(browser, finance)
    form = opened(browser, review)
    time_out(browser)
    answer = browser.post(review, {**form, "decision": "rejected", "note": NOTE, "seen": ""})
    assert answer["Location"] == f"/admin/login/?next={review}"
    sign_in(browser, finance)
    page = words(browser, review)
    assert HERE in page
    assert NOTE in page
    assert re.search(r'value="rejected"[^>]* checked', page)
    assert not ReviewDecision.objects.exists()
    assert NOTE not in words(browser, review)  # once


def test_not_to_somebody_else(finance: User, administrator: User, review: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    sign_in(browser, finance)
    form = opened(browser, review)
    time_out(browser)
    browser.post(review, {**form, "decision": "rejected", "note": NOTE})
    sign_in(browser, administrator)
    assert NOTE not in words(browser, review)
    browser.get("/admin/logout/")
    time_out(browser)
    sign_in(browser, finance)
    assert NOTE not in words(browser, review)


def test_a_record_of_the_admin_comes_back(administrator: User, cast: Cast) -> None:
    address = "/admin/icsso/announcement/add/"
    browser = Client(enforce_csrf_checks=True)
    sign_in(browser, administrator)
    form = opened(browser, address)
    time_out(browser)
    sent = {"english": "Closed on Monday.", "starts_at": "2026-12-24T08:00"}
    browser.post(address, {**form, **sent, "biller": cast.biller.pk})
    sign_in(browser, administrator)
    page = words(browser, address)
    assert "Closed on Monday." in page
    assert 'value="2026-12-24T08:00"' in page
    assert not Announcement.objects.exists()


def test_an_old_token_brings_it_back_at_once(finance: User, review: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    sign_in(browser, finance)
    form = opened(browser, review)
    time_out(browser)
    sign_in(browser, finance)  # in another tab
    answer = browser.post(review, {**form, "decision": "rejected", "note": NOTE, "seen": ""})
    assert NOTE in answer.content.decode()
    assert not ReviewDecision.objects.exists()


def test_a_page_whose_session_ended_sends_it_to_be_kept_only(finance: User, review: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    sign_in(browser, finance)
    form = opened(browser, review)
    sent = {**form, "decision": "rejected", "note": NOTE, "seen": "", "only_keep": "1"}
    assert browser.post(review, sent)["Location"] == review  # signed in again meanwhile
    assert not ReviewDecision.objects.exists()
    assert NOTE in words(browser, review)


def test_a_seal_that_is_forged_keeps_nothing(finance: User, review: str) -> None:
    browser = Client()
    forged = signing.Signer(salt="other").sign_object([finance.pk, 1, review, ["note"]])
    browser.post(review, {"typed_by": forged, "note": NOTE})
    sign_in(browser, finance)
    assert NOTE not in words(browser, review)


def test_nothing_that_may_be_a_secret_is_kept(cast: Cast) -> None:
    request = RequestFactory().get("/admin/")
    request.user = staff("administrator", cast.biller)  # type: ignore[assignment]
    User.objects.filter(pk=request.user.pk).update(is_superuser=True)
    request.user = StaffUser.objects.get(pk=request.user.pk)
    kept = dict[str, list[str]]()
    for model, page in admin.site._registry.items():
        if page.has_add_permission(request):
            kept[model.__name__] = staff_forms.names_of(page.get_form(request)())
    every = {name for names in kept.values() for name in names}
    assert {"name", "english", "folder", "contact_name"} & every
    secret = re.compile("password|secret|key|token|code")
    assert not [name for name in every if secret.search(name)]
    assert "new_private_key" not in kept["Destination"]


def test_every_kind_of_field_comes_back_as_it_was_sent() -> None:
    class Form(forms.Form):
        at = forms.SplitDateTimeField(widget=forms.SplitDateTimeWidget)
        off = forms.BooleanField(initial=True, required=False)
        several = forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B"), ("c", "C")])
        seen = forms.IntegerField(widget=forms.HiddenInput, initial=7)
        file = forms.FileField()

    form = Form()
    assert staff_forms.names_of(form) == ["at_0", "at_1", "off", "several"]
    request = RequestFactory().get("/admin/")
    sent = {"at_0": ["someday"], "at_1": ["8:00"], "several": ["a", "c"], "seen": ["9"]}
    typed.as_if_opened(request, sent)
    assert staff_forms.restore(request, [form])
    page = form.as_p()
    assert 'value="someday"' in page
    assert 'value="8:00"' in page
    assert page.count(" selected") == 2
    assert "checked" not in page
    assert 'value="7"' in page
