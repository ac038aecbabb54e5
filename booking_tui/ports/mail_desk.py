"""What a person can do with emails."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

RETRY = "retry"
EDIT = "edit"
HOLD = "hold"
RELEASE = "release"
CANCEL = "cancel"
KEEP = "keep"
SNOOZE = "snooze"
HOLD_ALL = "hold_all"
UNSUPPRESS = "unsuppress"
UNDO = "undo"
GRACE_S = 5.0
"""What a person sends leaves the machine only after so long, whichever way they ask: until then it can be undone."""


@dataclass(frozen=True, slots=True)
class MailOrder:
    """One deed on emails.

    - ``retry``: send again, or now.
    - ``edit``: one email to another address (``to``), with another ``subject`` or ``text``; None leaves a part as it
      is. What the provider had already is sent anew as a new revision; the guest's bookings get the address, too. An
      address that looks mistyped is refused unless ``as_typed``.
    - ``hold``, ``release``, ``cancel``; ``keep``: leave as it is and stop asking; ``snooze``: not before ``until``.
    - ``hold_all``: the switch for everything, ``on`` or off. ``unsuppress``: ``to`` is taken off the provider's list.
    - ``undo``: ``undo`` is what an earlier deed gave for that.

    ``even_so`` sends what may then arrive twice, and to an address at which nothing arrives: refused otherwise.
    ``grace_s`` is how long it waits before anything leaves the machine.
    """

    deed: str
    ids: tuple[str, ...] = ()
    to: str | None = None
    subject: str | None = None
    text: str | None = None
    until: datetime | None = None
    on: bool = True
    even_so: bool = False
    as_typed: bool = False
    grace_s: float = 0.0
    undo: str | None = None


@dataclass(frozen=True, slots=True)
class MailDone:
    """What came of it: ids of the emails that were changed, and (id, why) of those that were not.

    ``made`` are new revisions. ``undo`` takes back what has not left the machine; None when it cannot be undone.
    ``leaves_at`` is when the first of it goes out at the earliest, UTC. ``readdressed`` are the uids of other bookings
    of the same guest that have another address now, ``notes`` are sentences to be told beside it. ``likely`` is the
    address that was probably meant, when the typed one was refused for that.
    """

    done: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    made: tuple[str, ...] = ()
    undo: str | None = None
    leaves_at: datetime | None = None
    readdressed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    likely: str | None = None


@dataclass(frozen=True, slots=True)
class MailChoiceMade:
    """How a person wants emails: None leaves a value as it is.

    ``sender`` is ``Name <address>``; ``confirm``: we send confirmations and the like, where Cal.com does not;
    ``reminders`` are offsets such as ``24h``; ``reply_to`` empty takes it away.
    """

    api_key: str | None = field(default=None, repr=False)
    sender: str | None = None
    reply_to: str | None = None
    confirm: bool | None = None
    reminders: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class MailAccountFound:
    """What the provider says of the account with which is sent from now on.

    ``reads``: the key may ask what became of emails, too. ``warnings`` are sentences on what does not work yet.
    """

    sender: str | None
    domain: str | None = None
    domain_status: str | None = None
    """``verified``, ``pending``…; None where the provider does not tell."""
    reads: bool = False
    asked: bool = False
    """Whether the provider could be asked at all."""
    warnings: tuple[str, ...] = ()
