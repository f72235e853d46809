"""REST operations: Remote Authentication."""

from typing import Any

from django.db import transaction

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
    return {"Users": [describe_user(customer) for customer in found.order_by("account_number")]}


def describe_user(customer: Customer) -> dict[str, Any]:
    registration = getattr(customer, "registration", None)
    return {
        "CustomerGuid": str(customer.guid),
        "AccountNumber": customer.account_number,
        "EmailAddress": registration.user.email if registration else customer.email,
        "Registered": registration is not None,
    }


@operation("remote_authentication")
def remote_authentication(call: ApiCall) -> Payload:
    email, password = call.fields.email("EmailAddress"), call.fields.secret("Password")
    user = call.biller.users.filter(email=email).first()
    if user is None:
        raise ApiError("The user is not registered.", status=404, code="NotRegistered")
    if not user.has_password(password):
        raise ApiError("The password is not correct.", status=401, code="InvalidCredentials")
    token = user.new_token()
    return {"RemoteAuthenticationToken": token.value, "ExpiresIn": call.biller.token_seconds}


@operation("retrieve_user_accounts")
def retrieve_user_accounts(call: ApiCall) -> Payload:
    user = find_user(call)
    return {
        "Accounts": [
            {
                "AccountNumber": customer.account_number,
                "CustomerName": customer.name,
                "CustomerGuid": str(customer.guid),
            }
            for customer in user.customers()
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
        user = find_or_create_user(call.biller, email, password)
        results = [register_account(user, number) for number in dict.fromkeys(numbers)]
        if user.registrations.count() == 0:
            user.delete()  # none of the accounts was registered, so the user must not exist either
    return {"Results": results}


def find_or_create_user(biller: Biller, email: str, password: str) -> RegisteredUser:
    user = biller.users.filter(email=email).first()
    if user is None:
        user = RegisteredUser(biller=biller, email=email)
        user.set_password(password)
        user.save()
    elif not user.has_password(password):
        raise ApiError("The email address is registered with another password.", status=409)
    return user


def register_account(user: RegisteredUser, account_number: str) -> dict[str, Any]:
    result = {"AccountNumber": account_number, "Registered": False}
    customer = user.biller.customers.filter(account_number=account_number).first()
    if customer is None:
        return {**result, "Message": "The account was not found."}
    registration, _ = Registration.objects.get_or_create(customer=customer, defaults={"user": user})
    if registration.user_id != user.pk:
        return {**result, "Message": "The account is registered by another user."}
    return {**result, "Registered": True}


@operation("update_password")
def update_password(call: ApiCall) -> Payload:
    new_password = call.fields.secret("NewPassword")
    user = find_user(call)
    user.set_password(new_password)
    user.save()
    return {}


@operation("update_email_address")
def update_email_address(call: ApiCall) -> Payload:
    new_address = call.fields.email("NewEmailAddress")
    with transaction.atomic():
        user = find_user(call)
        if call.biller.users.filter(email=new_address).exclude(pk=user.pk).exists():
            raise ApiError("The new email address is already registered.", status=409)
        user.email = new_address
        user.save()
    return {}


def find_user(call: ApiCall) -> RegisteredUser:
    user = call.biller.users.filter(email=call.fields.email("EmailAddress")).first()
    if user is None:
        raise ApiError("The user was not found.")
    return user
