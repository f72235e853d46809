"""Enough of an address for its owner to know it by, and for nobody else to learn it."""


def masked_email(email: str) -> str:
    """`jane@example.com` becomes `j…@e….com`."""
    name, at, domain = email.strip().rpartition("@")
    host, dot, ending = domain.rpartition(".")
    return f"{name[:1]}…@{host[:1]}…{dot}{ending}" if at else ""
