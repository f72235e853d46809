"""What the calls at the points of a flow do at Invoice Cloud."""

from icsso.client.contract import OPERATIONS

NAMES = {operation.path.rsplit("/", 1)[-1]: name for name, operation in OPERATIONS.items()}
CHANGING = {"update_password", "update_email_address"}
# All others only ask: carried out or not, both sides hold what they held before.
WRITING = CHANGING | {"register_accounts", "create_customer_record"}
SAME_AS_BEFORE = ("calling ", "mailing ")


def path_of(point: str) -> str:
    """Of `calling UpdatePassword #1` or its `answered …`: `UpdatePassword`."""
    return point.partition(" ")[2].partition(" #")[0]


def operation_of(point: str) -> str:
    """The operation, which the point gives by its path or by its name."""
    path = path_of(point)
    return NAMES.get(path, path)


def is_as_before(point: str) -> bool:
    """Whether what outlives the process is as it was at the point before: so it is just before a
    call or a mail, and when a call that changes nothing has been answered."""
    if point.startswith("answered "):
        return operation_of(point) not in WRITING
    return point.startswith(SAME_AS_BEFORE)
