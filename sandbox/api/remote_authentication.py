"""REST operations: Remote Authentication."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from sandbox.models import Biller, Customer, RegisteredUser, Registration

from .fields import ApiError
from .operation import ApiCall, Payload, operation


@operation("retrieve_users")
def retrieve_users(call: ApiCall) -> Payload:
    number = call.fields.text("AccountNumber")
    email = call.fields.email("EmailAddress", required=False)
    if not number and not email:
        raise ApiError("AccountNumber or EmailAddress is required.")
    customers = call.biller.customers.select_related("registration__user")
    if number:
        found = customers.filter(account_number=number)
    else:
        unregistered = customers.filter(email__iexact=email, registration=None)
        found = customers.filter(registration__user__email=email) | unregistered
    users = [describe_user(customer) for customer in found.order_by("account_number")]
    if call.wire.rules.contact_addresses:
        contacts = dict(found.values_list("account_number", "email"))
        for user in users:
            user["LoginName"] = user["EmailAddress"] if user["Registered"] else None
            user["EmailAddress"] = contacts[user["AccountNumber"]] or "bills@example.com"
    invited = [invited_user(user) for user in users] if number else []
    return {"Users": invited + users if call.wire.rules.invited_users else users}


def invited_user(row: dict[str, Any]) -> dict[str, Any]:
    """Returns the row of somebody who was invited to the same account and has not registered."""
    address = f"invited-{row['AccountNumber']}@example.com"
    return {**row, "EmailAddress": address, "Registered": False}


def describe_user(customer: Customer) -> dict[str, Any]:
    registration = getattr(customer, "registration", None)
    return {
        "CustomerGuid": customer.guid,
        "AccountNumber": customer.account_number,
        "EmailAddress": registration.user.email if registration else customer.email,
        "Registered": registration is not None,
    }


@operation("remote_authentication")
def remote_authentication(call: ApiCall) -> Payload:
    email, password = call.fields.email("EmailAddress"), call.fields.secret("Password")
    users = call.biller.users.filter(email=email).order_by("number")
    if not users:
        raise ApiError("The user is not registered.", status=404, code="NotRegistered")
    user = next((user for user in users if user.has_password(password)), None)
    if user is None:
        raise ApiError("The password is not correct.", status=401, code="InvalidCredentials")
    promised, early = call.biller.token_seconds, call.wire.rules.token_seconds
    token = user.new_token(seconds=promised if early is None else early)
    return {"RemoteAuthenticationToken": token.value, "ExpiresIn": promised}


@operation("retrieve_user_accounts")
def retrieve_user_accounts(call: ApiCall) -> Payload:
    users = find_users(call)
    customers = Customer.objects.filter(registration__user__in=users).order_by("account_number")
    return {
        "Accounts": [
            {
                "AccountNumber": customer.account_number,
                "CustomerName": customer.name,
                "CustomerGuid": customer.guid,
            }
            for customer in customers
        ]
    }


@operation("register_accounts")
def register_accounts(call: ApiCall) -> Payload:
    fields = call.fields
    fields.choice("LoginTypeID", {1})
    email, password = fields.email("EmailAddress"), fields.secret("Password")
    numbers = [
        entry.text("AccountNumber", required=True) for entry in fields.nested_list("Accounts")
    ]
    with transaction.atomic():
        user = find_or_create_user(call, email, password)
        results = [register_account(call, user, number) for number in dict.fromkeys(numbers)]
        if "Results" in call.wire.operations["register_accounts"].left_out:
            refuse_all_if_one_failed(results)
        if user.registrations.count() == 0:
            user.delete()  # none of the accounts was registered, so the user must not exist either
    return {"Results": results}


def refuse_all_if_one_failed(results: list[dict[str, Any]]) -> None:
    for result in results:
        if not result["Registered"]:
            raise ApiError(result["Message"])


def find_or_create_user(call: ApiCall, email: str, password: str) -> RegisteredUser:
    users = list(call.biller.users.filter(email=email).order_by("number"))
    for user in users:
        if user.has_password(password):
            return user
    rule = call.wire.rules.known_address
    if not users or rule == "another":
        return create_user(call.biller, email, password, number=len(users) + 1)
    if rule in {"conflict", "refused"}:
        status = 409 if rule == "conflict" else 400
        raise ApiError("The email address is registered with another password.", status=status)
    if rule == "overwrites":
        users[0].set_password(password)
        users[0].save()
    return users[0]


def create_user(biller: Biller, email: str, password: str, *, number: int) -> RegisteredUser:
    user = RegisteredUser(biller=biller, email=email, number=number)
    user.set_password(password)
    user.save()
    return user


def register_account(call: ApiCall, user: RegisteredUser, account_number: str) -> dict[str, Any]:
    result = {"AccountNumber": account_number, "Registered": False}
    customer = user.biller.customers.filter(account_number=account_number).first()
    if customer is None:
        return {**result, "Message": "The account was not found."}
    if call.wire.rules.first_bill_needed and not customer.invoices.exists():
        return {**result, "Message": "We do not have a bill for this account yet."}
    registration, _ = Registration.objects.get_or_create(customer=customer, defaults={"user": user})
    if registration.user_id != user.pk:
        return {**result, "Message": "The account is registered by another user."}
    return {**result, "Registered": True}


@operation("update_password")
def update_password(call: ApiCall) -> Payload:
    new_password = call.fields.secret("NewPassword")
    for user in find_users(call):
        user.set_password(new_password)
        user.save()
    return {}


@operation("update_email_address")
def update_email_address(call: ApiCall) -> Payload:
    new_address = call.fields.email("NewEmailAddress")
    with transaction.atomic():
        users = find_users(call)
        if call.biller.users.filter(email=new_address).exclude(pk__in=users).exists():
            raise ApiError("The new email address is already registered.", status=409)
        users.update(email=new_address)
    return {}


def find_users(call: ApiCall) -> QuerySet[RegisteredUser]:
    """Returns all registrations of the address. Raises ApiError (400) if there is none."""
    users = call.biller.users.filter(email=call.fields.email("EmailAddress"))
    if not users.exists():
        raise ApiError("The user was not found.")
    return users
