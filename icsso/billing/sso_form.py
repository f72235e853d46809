"""The form that opens an Invoice Cloud page by Cloud SSO Connect, by the biller's profile."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl

from icsso.billers.models import Biller
from icsso.client import sso


class SsoForm(NamedTuple):
    """method: "post", or "get" for an Invoice Cloud that accepts nothing else. fields: with the
    token, so this never goes into a log."""

    method: str
    action: str
    fields: Mapping[str, str]

    @property
    def puts_token_in_address(self) -> bool:
        return self.method == "get"


def sso_form(biller: Biller, section: sso.Section, token: str) -> SsoForm:
    profile = biller.wire.sso
    action = profile.form_action(biller.base_url)
    fields = profile.named(
        sso.form_fields(
            section=section,
            token=token,
            css_url=biller.css_url,
            return_url=biller.return_url,
            return_site_name=biller.return_site_name,
        )
    )
    if profile.method == "GET":
        # A form that is sent by GET replaces the query of its address.
        action, _, query = action.partition("?")
        fields = {**dict(parse_qsl(query, keep_blank_values=True)), **fields}
    return SsoForm(profile.method.lower(), action, fields)
