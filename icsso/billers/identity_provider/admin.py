"""Single sign-on in the admin: each biller's identity provider. Its secret is never shown again."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from backoffice.object_actions import ObjectAction, ObjectActionsModelAdmin
from icsso.billers.identity_provider import client, lockout
from icsso.billers.identity_provider.client import ProviderAway
from icsso.billers.identity_provider.models import IdentityProvider, Use
from icsso.client.addresses import origin

CALLBACK = "/admin/single-sign-on/callback/"


class IdentityProviderForm(forms.ModelForm[IdentityProvider]):
    """person: whoever saves it. Set by the admin, on a subclass for each request."""

    person: Any
    new_secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "vTextField"}),
    )

    class Meta:
        model = IdentityProvider
        fields = (
            "biller",
            "use",
            "name",
            "issuer",
            "client_id",
            "allowed_domains",
            "role_claim",
        )

        widgets = {"allowed_domains": forms.Textarea(attrs={"rows": 3, "cols": 40})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "new_secret" in self.fields:
            self.fields["new_secret"].help_text = self._state()

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError if another server would get a secret that is not entered here."""
        entered: dict[str, Any] = super().clean() or self.cleaned_data
        is_elsewhere = origin(entered.get("issuer") or "") != origin(self.initial.get("issuer", ""))
        if not entered.get("new_secret") and (is_elsewhere or not self.instance.client_secret):
            words = _("Enter the client secret. If you change the issuer, enter it again.")
            self.add_error("new_secret", words)
        return entered

    def _post_clean(self) -> None:
        """Refuses to require single sign-on before these very settings were tried."""
        super()._post_clean()  # type: ignore[misc]  # Django's hook for the finished instance
        entered = self.cleaned_data
        is_theirs = self.person.is_superuser or self.person.issuer == self.instance.issuer
        is_tried = is_theirs and self.instance.has_been_tried and not entered.get("new_secret")
        if entered.get("use") == Use.REQUIRED and not is_tried:
            words = _(
                "Offer it first, and sign in with it yourself, with exactly these settings. Then "
                "you can require it."
            )
            self.add_error("use", words)

    def save(self, commit: bool = True) -> IdentityProvider:
        if secret := self.cleaned_data.get("new_secret"):
            self.instance.client_secret = secret
            self.instance.client_secret_set_at = timezone.now()
        return super().save(commit)

    def _state(self) -> str:
        moment = self.instance.client_secret_set_at
        if moment is None:
            return gettext("Not set.")
        day = date_format(timezone.localtime(moment), "DATE_FORMAT")
        return gettext("Set on %(day)s. Leave blank to keep it.") % {"day": day}


def _check(request: HttpRequest, provider: IdentityProvider) -> bool:
    client.forget(provider)
    try:
        client.discovery(provider)
        number = client.number_of_keys(provider)
    except ProviderAway as error:
        words = gettext("The provider can't be used: %(why)s.") % {"why": error}
        messages.error(request, words)
        return True
    words = ngettext(
        "The provider answers, and has %(number)d key.",
        "The provider answers, and has %(number)d keys.",
        number,
    )
    messages.info(request, words % {"number": number})
    return True


CHECK = ObjectAction[IdentityProvider](
    slug="check",
    permission="icsso.change_identityprovider",
    label=_("Test connection"),
    consequence=_(
        "This reads the provider's settings and keys from its server. To try the whole sign-in, "
        "open the sign-in page in a private window."
    ),
    event=None,
    applies_to=lambda provider: True,
    perform=_check,
)


@admin.register(IdentityProvider)
class IdentityProviderAdmin(ObjectActionsModelAdmin[IdentityProvider]):
    filled_by = _(
        "Add the identity provider that your staff sign in with, such as Microsoft Entra or Google."
    )
    form = IdentityProviderForm
    object_actions = (CHECK,)
    list_display = ("name", "biller", "use", "issuer")
    list_select_related = ("biller",)
    exclude = ("client_secret",)
    readonly_fields = ("addresses", "locked_out")
    fieldsets = (
        (None, {"fields": ("biller", "use", "locked_out", "name")}),
        (
            _("At the provider"),
            {"fields": ("addresses", "issuer", "client_id", "new_secret")},
        ),
        (_("Who may sign in"), {"fields": ("allowed_domains", "role_claim")}),
    )

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, *args, **kwargs)
        form.person = request.user
        return form

    def get_readonly_fields(
        self, request: HttpRequest, obj: IdentityProvider | None = None
    ) -> tuple[str, ...]:
        return (*self.readonly_fields, "biller") if obj else self.readonly_fields

    @admin.display(description=_("who can't sign in if it is required"))
    def locked_out(self, provider: IdentityProvider) -> SafeString | str:
        """Includes those who never used it, since they may not get in."""
        if not provider.pk:
            return gettext("Shown once it is saved.")
        found = [(person.email, why) for person, why in lockout.locked_out(provider)]
        if not found:
            return gettext("Nobody: all staff of this biller have signed in with it.")
        return format_html_join("", "<div>{}: {}</div>", found)

    @admin.display(description=_("redirect URI"))
    def addresses(self, provider: IdentityProvider) -> SafeString | str:
        if not provider.pk:
            return gettext("The address of each host name of the biller, followed by %(path)s") % {
                "path": CALLBACK
            }
        hosts = [host.host for host in provider.biller.hosts.order_by("pk")]
        found = [(f"https://{host}{CALLBACK}",) for host in hosts] or [(CALLBACK,)]
        return format_html_join("", "<div><code>{}</code></div>", found)
