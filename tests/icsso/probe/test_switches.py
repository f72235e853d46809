"""Each way in which the sandbox can be another Invoice Cloud: the probe names that difference and
no other, and the profile it prints makes the next probe find nothing."""

import pytest

from tests.icsso.probe.walking import walk
from tests.sandbox_process import SandboxProcess

USERS = {"retrieve_users_by_number", "retrieve_users_by_email"}
WITH_NUMBERS = USERS | {"retrieve_user_accounts", "account", "register_accounts"}
WITH_GUIDS = USERS | {"biller_status", "retrieve_customer_guid", "retrieve_user_accounts"}
WITH_BOOLEANS = USERS | {"biller_status", "account", "register_accounts"}
WITH_LISTS = USERS | {
    "retrieve_users_by_random_number",
    "retrieve_user_accounts",
    "register_accounts",
}
WITH_PAYLOAD = WITH_LISTS | WITH_GUIDS | WITH_BOOLEANS | {"remote_authentication"}
CREDENTIALS = {"remote_authentication_unknown", "remote_authentication_wrong"}
FIRST_READ = {
    "biller_status",
    "retrieve_users_by_number",
    "retrieve_customer_guid",
    "account",
    "remote_authentication",
    "retrieve_user_accounts",
    "register_accounts",
    "cloud_payments",
}

# switch: which difference is named, and by which steps
TOLERATED: dict[str, dict[str, set[str]]] = {
    "payload_data": {"data": WITH_PAYLOAD},
    "payload_data_list": {"data-list": WITH_LISTS},
    "payload_bare_list": {"bare-list": WITH_LISTS},
    "null_for_empty_lists": {"null-list": {"retrieve_users_by_random_number"}},
    "no_content_for_empty_lists": {"null-list": {"retrieve_users_by_random_number"}},
    "updates_say_more": {"unclear": {"update_password", "update_email_address"}},
    "names_camel": {"case": WITH_PAYLOAD | {"cloud_payments"}},
    "names_lower": {"case": WITH_PAYLOAD | {"cloud_payments"}},
    "names_upper": {"case": WITH_PAYLOAD | {"cloud_payments"}},
    "login_name": {"other-name": USERS},
    "paper_invoices": {"other-name": {"account"}},
    "biller_status_without_guid": {"missing": {"biller_status"}},
    "users_without_optional_fields": {"missing": USERS},
    "accounts_without_optional_fields": {"missing": {"retrieve_user_accounts"}},
    "account_without_optional_fields": {"missing": {"account"}},
    "register_without_results": {
        "missing": {"register_accounts"},
        "no-results": {"register_accounts"},
    },
    "expires_in_missing": {"missing": {"remote_authentication"}},
    "expires_in_as_text": {"kind": {"remote_authentication"}},
    "guids_in_braces": {"kind": WITH_GUIDS},
    "guids_in_upper_case": {"kind": WITH_GUIDS},
    "guids_in_upper_case_and_braces": {"kind": WITH_GUIDS},
    "booleans_as_text": {"kind": WITH_BOOLEANS},
    "booleans_as_numbers": {"kind": WITH_BOOLEANS},
    "account_numbers_as_numbers": {"kind": WITH_NUMBERS},
    "money_as_text": {"kind": {"account"}},
    "money_with_four_decimals": {"kind": {"account"}},
    "money_without_leading_zero": {"kind": {"account"}},
    "credits_with_trailing_minus": {"kind": {"account"}},
    "credits_in_parentheses": {"kind": {"account"}},
    "money_in_all_odd_forms": {"kind": {"account"}},
    "money_as_us_text": {"kind": {"account"}},
    "dates_iso": {"kind": {"account"}},
    "dates_iso_with_time": {"kind": {"account"}},
    "dates_with_narrow_space": {"kind": {"account"}},
    "due_date_unreadable": {"unreadable": {"account"}},
    "credentials_401_message": {"refusal": CREDENTIALS},
    "credentials_401_empty": {"refusal": CREDENTIALS},
    "credentials_200_message": {"refusal": CREDENTIALS},
    "credentials_200_null_token": {"refusal": CREDENTIALS},
    "credentials_200_success_false": {"refusal": CREDENTIALS},
    "credentials_400": {"refusal": CREDENTIALS},
    "credentials_403": {"refusal": CREDENTIALS},
    "credentials_404": {"refusal": CREDENTIALS},
    "credentials_404_html": {"refusal": CREDENTIALS},
    "credentials_200_false": {"refusal": CREDENTIALS},
    "credentials_400_words": {"refusal": CREDENTIALS},
    "page_without_message": {"no-message": {"cloud_payments"}},
    "invited_users": {"several-registrations": {"retrieve_users_by_number"}},
    "cookie_in_frame": {"needs-cookie": {"sso_post"}},
}
WITH_A_PROFILE: dict[str, dict[str, set[str]]] = {
    "other_paths": {
        "profile": {
            "biller_status",
            "retrieve_users_by_number",
            "retrieve_customer_guid",
            "account",
        }
    },
    "other_methods": {"profile": {"register_accounts"}},
    "other_names_sent": {
        "profile": USERS
        | {"remote_authentication_unknown", "update_email_address", "create_customer_record"}
    },
    "swipe_refused": {"profile": {"cloud_payments"}},
    "address2_refused": {"profile": {"create_customer_record"}},
    "sso_by_get": {"sso": {"sso_post"}},
    "sso_with_other_names": {"sso": {"sso_post"}},
    "payload_result": {"profile": FIRST_READ},
    "other_names_read": {"profile": FIRST_READ - {"biller_status", "cloud_payments"}},
    "rejection_200_status_text": {
        "profile": FIRST_READ | {"update_password"},
        "unclear": {"update_password", "update_email_address"},
    },
    "not_found_for_nobody": {"refusal": {"retrieve_users_by_random_number"}},
    "conflict_400": {"refusal": {"create_customer_record"}},
    "conflict_200_success_false": {"refusal": {"create_customer_record"}},
    "hosted_page_on_other_host": {"profile": {"cloud_payments"}},
}
# What only Invoice Cloud can say, and the sentence that asks for it.
MUST_BE_ASKED = {
    "rest_on_other_host": "Ask Invoice Cloud for the server, method, and path",
    "sso_at_other_address": "Ask Invoice Cloud for the address of Cloud SSO Connect",
}
# What a probe that pays nothing and changes nobody's login cannot see, or reads like the contract.
UNSEEN = {
    "payload_in_text",
    "bare_page_address",
    "login_name_beside",
    "rejection_422_problem",
    "rejection_400_words",
    "create_without_guid",  # the account exists
    "dates_short",  # every day with two digits looks the same
    "rejection_200_success_false",
    "rejection_200_success_text",
    "rejection_404",
    "rejection_422",
    "page_refused_by_message",
    "known_address_refused",
    "known_address_overwrites",
    "known_address_registers",
    "several_registrations",
    "first_bill_needed",
    "credits_as_zero",
    "lagging_balance",
    "request_validation",
    "token_ends_early",
    "rate_limit",
    "no_way_back",
    "back_at_once",
}


@pytest.mark.parametrize("switch", TOLERATED)
def test_what_is_tolerated_is_named(sandbox: SandboxProcess, switch: str) -> None:
    sandbox.vary(switch)
    walked = walk(sandbox)
    assert walked.names == TOLERATED[switch]
    assert walked.exit_code == 1
    assert walked.profile == {}


@pytest.mark.parametrize("switch", WITH_A_PROFILE)
def test_what_needs_a_profile_is_named_and_its_profile_is_enough(
    sandbox: SandboxProcess, switch: str
) -> None:
    sandbox.vary(switch)
    walked = walk(sandbox)
    assert walked.names == WITH_A_PROFILE[switch]
    assert walked.exit_code == 1
    again = walk(sandbox, profile=walked.profile)
    assert again.exit_code == 0, again.words
    assert again.profile == walked.profile


@pytest.mark.parametrize("switch", MUST_BE_ASKED)
def test_what_cannot_be_found_out_is_said(sandbox: SandboxProcess, switch: str) -> None:
    sandbox.vary(switch)
    walked = walk(sandbox)
    assert walked.exit_code == 2
    advice = " ".join(words for result in walked.results for words in result.advice)
    assert MUST_BE_ASKED[switch] in advice


def test_no_switch_of_the_sandbox_is_forgotten(sandbox: SandboxProcess) -> None:
    known = sandbox.control("GET", "/_control/api/variants")["variants"]
    seen = {*TOLERATED, *WITH_A_PROFILE, *MUST_BE_ASKED}
    postbacks = {one["name"] for one in known if one["name"].startswith("postback_")}
    assert {one["name"] for one in known} == seen | UNSEEN | postbacks


def test_another_server_of_the_biller_is_tried(sandbox: SandboxProcess) -> None:
    sandbox.vary("rest_on_other_host")
    other = sandbox.wire_profile("rest_on_other_host")
    walked = walk(sandbox, hosts=(other["operations"]["account"]["host"],))
    assert walked.exit_code == 1
    assert walked.profile == other
    assert walk(sandbox, profile=walked.profile).exit_code == 0


def test_a_limit_on_calls_is_waited_for_and_named(sandbox: SandboxProcess) -> None:
    sandbox.vary(rate_limit={"retrieve_users": 1})
    walked = walk(sandbox, write=False)
    assert "fewer-calls" in walked.names
    assert walked.exit_code == 1


@pytest.mark.parametrize("switch", ["credentials_401_message", "other_names_sent"])
def test_only_one_wrong_password_is_ever_sent(sandbox: SandboxProcess, switch: str) -> None:
    sandbox.vary(switch)
    walk(sandbox)
    calls = sandbox.control("GET", "/_control/api/calls")
    tries = [str(one) for one in calls if one["operation"] == "remote_authentication"]
    assert len([one for one in tries if "laundry@example.com" in one]) == 2  # wrong, and right


def test_contrary_to_everything(sandbox: SandboxProcess) -> None:
    """With what Invoice Cloud has to say itself: its server, and where Cloud SSO Connect is."""
    sandbox.vary("contrary")
    facts = sandbox.wire_profile("contrary")
    hosts = (facts["operations"]["account"]["host"],)
    address = {"sso": {"address": facts["sso"]["address"]}}
    assert walk(sandbox).exit_code == 2
    walked = walk(sandbox, profile=address, hosts=hosts)
    assert walked.exit_code == 1, walked.words
    again = walk(sandbox, profile=walked.profile, hosts=hosts)
    assert again.exit_code == 0, again.words
    assert again.profile == walked.profile
