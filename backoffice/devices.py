"""Names of browsers and devices that their owners recognize. Only a hint."""

from ipaddress import IPv6Network, ip_address

# The first match wins: most browsers also call themselves Safari, and many Chrome.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "Chromebook"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def browser_of(user_agent: str) -> str:
    return _first(BROWSERS, user_agent)


def system_of(user_agent: str) -> str:
    return _first(SYSTEMS, user_agent)


def shortened(address: str) -> str:
    """Returns enough of a network address to recognize a place, but not a person: “198.51.100.x”.
    An ellipsis after the dot would be four dots, and most screen readers leave it out."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if parsed.version == 4:
        return address.rpartition(".")[0] + ".x"
    network = IPv6Network((parsed, 48), strict=False).network_address
    return f"{network}x"


def _first(known: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for mark, name in known if mark in user_agent), "")
