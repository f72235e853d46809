"""Masks an email so that its owner recognizes it, but no one else learns it."""


def masked_email(email: str) -> str:
    """Returns `j…@e….com` for `jane@example.com`."""
    name, at, domain = email.strip().rpartition("@")
    host, dot, ending = domain.rpartition(".")
    return f"{name[:1]}…@{host[:1]}…{dot}{ending}" if at else ""
