"""Pages of the back office that Django or a library would name or lay out otherwise: they read like
the rest, in both languages."""

import re
from copy import copy
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from auditlog.models import LogEntry as AuditEntry
from django.contrib.admin import site
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from playwright.sync_api import Page, expect

from accounts.models import User
from backoffice.admin_base import ScopedModelAdmin
from backoffice.zones import use_zone_of
from icsso.billers.announcements.models import Announcement
from inhance.templatetags.email_breaks import break_emails
from tests.backoffice.admin_addresses import one_of_everything, pages
from tests.cast import STAFF_PASSWORD, Cast

records = pytest.fixture(one_of_everything)
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
DJANGOS_WORDS = (
    *("Change history", "change history", "admin site", "this object", "Are you sure"),
    *("take me back", "Task Result", "Historial de cambios", "este objeto", "Está seguro"),
)
# Of the emails in tables: the parts that are broken inside a word, and how many are not.
PARTS_OF_EMAILS = """() => {
  const found = [];
  let fine = 0;
  const walk = document.createTreeWalker(
    document.querySelector("#content"), NodeFilter.SHOW_TEXT,
    (text) => text.parentElement.closest("td, th") ? 1 : 2,
  );
  while (walk.nextNode()) {
    const cell = walk.currentNode.parentElement.closest("td, th");
    if (!cell.textContent.includes("@")) continue;
    if (/\\s/.test(walk.currentNode.data.trim())) continue;
    const range = document.createRange();
    range.selectNodeContents(walk.currentNode);
    const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
    const words = walk.currentNode.data.split("-").length; // a hyphen may end a line
    if (lines.size > words) found.push(walk.currentNode.data);
    else fine += 1;
  }
  return [found, fine];
}"""
# The words of column names that are broken inside, and how many are not.
WORDS_OF_HEADINGS = """() => {
  const found = [];
  let fine = 0;
  const walk = document.createTreeWalker(document.querySelector("#content"), NodeFilter.SHOW_TEXT,
    (text) => text.parentElement.closest("thead th") ? 1 : 2);
  while (walk.nextNode()) {
    const text = walk.currentNode;
    for (const word of text.data.matchAll(/\\p{L}+/gu)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
      if (lines.size > 1) found.push(word[0]);
      else fine += 1;
    }
  }
  return [found, fine];
}"""


class Headings(HTMLParser):
    """The title and headings of a page, and the button above a list."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inside, self.heading, self.button, self.leads_to = "", "", "", ""
        self.titles: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"h1", "h2", "title"}:
            self.inside = tag
        elif dict(attrs).get("class") == "addlink":
            self.inside, self.leads_to = "add", dict(attrs)["href"] or ""

    def handle_endtag(self, tag: str) -> None:
        self.inside = "" if tag in {"h1", "h2", "title", "a"} else self.inside

    def handle_data(self, data: str) -> None:
        if self.inside in {"h1", "h2", "title"}:
            self.titles.append(data)
        if self.inside == "h1":
            self.heading += data
        elif self.inside == "add":
            self.button += data


@pytest.fixture
def boss(client: Client, cast: Cast) -> Client:
    client.force_login(User.objects.create_superuser("boss@example.com", STAFF_PASSWORD))
    return client


def lists(cast: Cast) -> list[str]:
    return [
        address for pattern, address in pages(cast) if re.fullmatch(r"/admin/\w+/\w+/", address)
    ]


@pytest.mark.parametrize(
    ("cell", "broken"),
    [
        ("<td>Ana Torres</td>", "<td>Ana Torres</td>"),
        ("<td>12.50</td>", "<td>12.50</td>"),
        (
            '<th><a href="/a/?q=x@y.example">x@y.example</a></th>',
            '<th><a href="/a/?q=x@y.example">x<wbr>@y<wbr>.example</a></th>',
        ),
        (
            "<td>v1.2 &lt;a.b@y.example&gt; v1.2</td>",
            "<td>v1.2 &lt;a<wbr>.b<wbr>@y<wbr>.example&gt; v1.2</td>",
        ),
        (
            '<td><textarea rows="2">a.b@y.example</textarea> d@y.example</td>',
            '<td><textarea rows="2">a.b@y.example</textarea> d<wbr>@y<wbr>.example</td>',
        ),
        ('<td><input value="a.b@y.example"></td>', '<td><input value="a.b@y.example"></td>'),
    ],
)
def test_only_emails_get_places_to_break(cell: str, broken: str) -> None:
    assert break_emails(cell) == broken


@pytest.mark.parametrize("width", [320, 390])
def test_no_email_breaks_inside_a_word_on_a_phone(page: Page, records: Cast, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page)
    seen = 0
    for address in ("staffuser", "member", "signup", "helper", "linkedaccount", "accountsync"):
        page.goto(f"/admin/accounts/{address}/")
        broken, fine = page.evaluate(PARTS_OF_EMAILS)
        assert broken == [], address
        seen += fine
    assert seen > 20


def test_no_column_name_breaks_inside_a_word(page: Page, records: Cast) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    sign_in(page)
    page.context.set_extra_http_headers({"accept-language": "es"})
    changed = AuditEntry.objects.get_for_object(records.biller).first()
    assert changed
    seen = 0
    for address in (
        f"auditlog/logentry/{changed.pk}/change/",
        *("auditlog/logentry/", "payments/payment/", "payments/payment/reports/"),
        *("payments/reconciliation/", "posting/webhookdelivery/", "accounts/utilityaccount/"),
    ):
        page.goto(f"/admin/{address}")
        broken, fine = page.evaluate(WORDS_OF_HEADINGS)
        assert broken == [], address
        seen += fine
    assert seen > 30


def test_a_date_field_has_the_ground_of_other_fields_in_the_dark(page: Page, cast: Cast) -> None:
    sign_in(page)
    page.emulate_media(color_scheme="dark")
    page.goto("/admin/payments/payment/reports/")
    grounds = page.locator("#content :is(select, input[type=date])").evaluate_all(
        "(fields) => fields.map((field) => getComputedStyle(field).backgroundColor)"
    )
    assert len(grounds) == 3
    assert len(set(grounds)) == 1


def sign_in(page: Page) -> None:
    User.objects.create_superuser("boss@example.com", STAFF_PASSWORD)
    page.goto("/admin/")
    page.get_by_label("Email").fill("boss@example.com")
    page.get_by_label("Password").fill(STAFF_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Back office")).to_be_visible()


@pytest.mark.parametrize(
    ("flag", "message", "words"),
    [
        (ADDITION, '[{"added": {}}]', ("added", "se agregó")),
        (
            CHANGE,
            '[{"changed": {"fields": ["Email", "Can sign in"]}}]',
            (
                "changed: email, can sign in",
                "se modificó: correo electrónico, puede iniciar sesión",
            ),
        ),
        (
            CHANGE,
            '[{"added": {"name": "host name", "object": "pay.example"}}]',
            ("host name pay.example – added", "nombre de host pay.example – se agregó"),
        ),
        (CHANGE, "[]", ("saved without changes", "se guardó sin cambios")),
        (DELETION, "", ("deleted", "se eliminó")),
        *(
            (CHANGE, text, (text, text))
            for text in ("Moved to it.", "2024", "true", "[2024]", "[no list", "[{}, null]")
        ),
        *(
            (CHANGE, text, (escape(text), escape(text)))
            for text in ('["x"]', '[{"other": {}}]', '[{"added": 1}]', '[{"added": {"name": "x"}}]')
        ),
        (CHANGE, "[" * 2000, ("[" * 2000, "[" * 2000)),
    ],
)
def test_history_says_what_was_done(
    boss: Client, cast: Cast, flag: int, message: str, words: tuple[str, str]
) -> None:
    LogEntry.objects.create(
        object_id=str(cast.laundry.pk),
        content_type=ContentType.objects.get(app_label="accounts", model="member"),
        user=User.objects.get(email="boss@example.com"),
        action_flag=flag,
        change_message=message,
    )
    address = f"/admin/accounts/member/{cast.laundry.pk}/history/"
    for language, said in zip(("en", "es"), words, strict=True):
        page = boss.get(address, headers={"accept-language": language}).content.decode()
        assert f"<td>{said}</td>" in page


def test_no_page_has_djangos_words(boss: Client, records: Cast) -> None:
    for language in ("en", "es"):
        for pattern, address in pages(records):
            if re.search(r"/(history|delete)/$|dbtaskresult/$", pattern):
                answer = boss.get(address, headers={"accept-language": language})
                said = answer.content.decode()
                assert not [words for words in DJANGOS_WORDS if words in said], address


def test_an_empty_list_offers_no_actions(boss: Client, cast: Cast) -> None:
    empty = boss.get("/admin/accounts/accountsync/").content.decode()
    assert "Nothing here." in empty
    assert 'name="action"' not in empty
    cast.laundry.account_syncs.create()
    filled = boss.get("/admin/accounts/accountsync/").content.decode()
    assert "Nothing here" not in filled
    assert 'name="action"' in filled


def test_lists_are_called_in_lowercase_as_all_others() -> None:
    """Only the first letter of a heading is a capital, besides names and abbreviations."""
    for model in site._registry:
        for name in (model._meta.verbose_name, model._meta.verbose_name_plural):
            assert not re.search(r"\b[A-Z][a-z]", str(name)), name


def test_the_button_above_a_list_is_called_as_its_page(boss: Client, records: Cast) -> None:
    found = {}
    for address in lists(records):
        above = Headings(boss.get(address).content.decode())
        if above.leads_to:
            page = boss.get(above.leads_to).content.decode()
            assert Headings(page).heading.strip() == above.button.strip(), address
            assert "related-widget-wrapper-link" not in page, address
            found[address] = above.button.strip()
    assert found["/admin/cis/accountimport/"] == "Import accounts"
    assert found["/admin/accounts/legalhold/"] == "Add legal hold"


def test_no_record_is_called_after_a_date_for_machines(boss: Client, records: Cast) -> None:
    about_one = re.compile(r"/(change|delete|history)/$")
    for pattern, address in pages(records):
        if about_one.search(pattern) and "dbtaskresult" not in address:
            said = Headings(boss.get(address).content.decode()).titles
            assert said, address
            assert not ISO_DATE.search(" ".join(said)), address


@pytest.mark.parametrize("page", ["delete", "history"])
def test_a_record_is_called_the_same_on_all_its_pages(
    boss: Client, records: Cast, page: str
) -> None:
    named = [(model, site._registry[model]) for model in site._registry]
    tried = 0
    for model, admin in named:
        if (
            not isinstance(admin, ScopedModelAdmin)
            or (one := model._default_manager.first()) is None
        ):
            continue
        place = f"/admin/{model._meta.app_label}/{model._meta.model_name}/{one.pk}"
        answer = boss.get(f"{place}/{page}/")
        if answer.status_code != 200:
            continue
        tried += 1
        use_zone_of(records.biller)
        heading = escape(admin.heading_of(one))
        said = answer.content.decode()
        assert f": {heading}</h2>" in said, place
        assert f": {heading} |" in said, place
        assert f">{escape(admin.heading_of_list())}</a>" in said, place
    assert tried > 10


def test_records_of_one_member_have_different_names(records: Cast) -> None:
    """The moment, the kind, or both."""
    then = timezone.now() - timedelta(hours=3)
    syncs = records.laundry.account_syncs
    earlier = syncs.create()
    syncs.filter(pk=earlier.pk).update(started_at=then)
    changes = records.laundry.credential_changes
    changes.create(kind="email")
    announcement = Announcement.objects.get()
    moved = copy(announcement)
    moved.starts_at = then
    for rows in (syncs.all(), changes.all(), (announcement, moved)):
        names = {site._registry[type(row)].heading_of(row) for row in rows}  # type: ignore[attr-defined]
        assert len(names) == 2, names
        assert not ISO_DATE.search(" ".join(names))


def test_history_has_the_pager_of_all_lists(boss: Client, cast: Cast) -> None:
    kind = ContentType.objects.get(app_label="accounts", model="member")
    user = User.objects.get(email="boss@example.com")
    about = {"object_id": str(cast.laundry.pk), "content_type": kind, "user": user}
    LogEntry.objects.bulk_create(LogEntry(**about, action_flag=CHANGE) for _ in range(101))
    page = boss.get(f"/admin/accounts/member/{cast.laundry.pk}/history/?p=2").content.decode()
    assert '<nav class="pager" aria-label="Pages">' in page
    assert '<a rel="prev" href="?p=1">' in page
    assert "Page 2 of 2" in page
    assert page.count("saved without changes") == 1
