"""The pages that show a secret once, by keyboard and as everybody can use them."""

from playwright.sync_api import Page, expect

from accounts.tokens import digest
from api.models import ApiToken
from posting.models import WebhookEndpoint
from tests.backoffice.test_looks import sign_in
from tests.browser.looks import assert_accessible
from tests.cast import Cast, staff


def test_an_endpoint_and_a_token_are_made_by_keyboard(page: Page, cast: Cast) -> None:
    sign_in(page, staff("administrator", cast.biller))
    page.goto("/admin/posting/webhookendpoint/add/")
    page.get_by_label("Biller").select_option(label="Springfield Water")
    page.get_by_label("Address").fill("cis.example.com/hooks")
    page.get_by_label("Address").press("Enter")
    secret = page.get_by_label("Secret")
    expect(secret).to_be_visible()
    expect(secret).to_have_value(WebhookEndpoint.objects.get().secret)
    assert_accessible(page)
    page.get_by_role("link", name="I have copied it").press("Enter")
    expect(page.get_by_role("link", name="Replace the secret")).to_be_visible()
    page.goto("/admin/api/apitoken/add/")
    page.get_by_label("Biller").select_option(label="Springfield Water")
    page.get_by_label("read payments").press("Space")
    page.get_by_role("textbox", name="Name").fill("Billing 9")
    page.get_by_role("textbox", name="Name").press("Enter")
    token = page.get_by_label("Token")
    expect(token).to_be_visible()
    assert digest(token.input_value()) == ApiToken.objects.get().digest
    assert_accessible(page)
    assert ApiToken.objects.get().scopes == ["payments:read"]
