"""The sentences for every trouble of ngrok's: by its codes (its error pages, 2026-08), and by causes without one."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

DASHBOARD: Final = "https://dashboard.ngrok.com"
TOKEN_PAGE: Final = f"{DASHBOARD}/get-started/your-authtoken"
AGENTS_PAGE: Final = f"{DASHBOARD}/agents"
DOMAINS_PAGE: Final = f"{DASHBOARD}/domains"
ENDPOINTS_PAGE: Final = f"{DASHBOARD}/endpoints"
BILLING_PAGE: Final = f"{DASHBOARD}/billing"
USAGE_PAGE: Final = f"{DASHBOARD}/usage"
EMAIL_PAGE: Final = f"{DASHBOARD}/user/settings"
DOWNLOAD_PAGE: Final = "https://ngrok.com/download"
STATUS_PAGE: Final = "https://status.ngrok.com"
SUPPORT_PAGE: Final = "https://ngrok.com/support"


class Words(NamedTuple):
    """What happened, what helps, the page to do it on, whether trying again can help, and how soon at the earliest."""

    what: str
    do: str
    page: str | None = None
    again: bool = False
    rest_s: float = 0.0


def _stays(what: str, do: str, page: str | None = None) -> Words:
    """Give the words of a trouble that stays until a person changes something."""
    return Words(what, do, page)


def _passes(what: str, do: str, page: str | None = None, *, rest_s: float = 0.0) -> Words:
    """Give the words of a trouble that may pass when it is tried again, ``rest_s`` from now at the earliest."""
    return Words(what, do, page, again=True, rest_s=rest_s)


_NEW_TOKEN = "Copy your authtoken from ngrok's page once more; the set-up sheet takes it: Hooks, i, then s."  # noqa: S105 - a sentence
_UPDATE = "Install the newest ngrok agent, then try again."
_WAIT_MONTH = "Wait for the new month, or choose a larger plan on ngrok's page; it is tried again every hour."
_MINUTES_S: Final = 120.0
_HOUR_S: Final = 3600.0


def _month(what: str) -> Words:
    """Give the words of a plan that is used up until the month is over."""
    return _passes(what, _WAIT_MONTH, BILLING_PAGE, rest_s=_HOUR_S)


CODES: Final[dict[int, Words]] = {
    103: _stays("ngrok has suspended this account.", "Write to ngrok's support.", SUPPORT_PAGE),
    105: _stays("The text given as authtoken is not one.", _NEW_TOKEN, TOKEN_PAGE),
    106: _stays("This authtoken is of an old kind that ngrok no longer takes.", _NEW_TOKEN, TOKEN_PAGE),
    107: _stays("ngrok no longer knows this authtoken; it was reset or taken back.", _NEW_TOKEN, TOKEN_PAGE),
    # One of them may be our own of before a crash, which ngrok counts for a while longer.
    108: _passes(
        "This ngrok account already runs as many agents as its plan allows.",
        "Stop an agent on another computer, or on ngrok's page; it is tried again every two minutes.",
        AGENTS_PAGE,
        rest_s=_MINUTES_S,
    ),
    109: _stays("ngrok did not understand this agent.", _UPDATE, DOWNLOAD_PAGE),
    120: _stays("This ngrok agent is too old for ngrok's service.", _UPDATE, DOWNLOAD_PAGE),
    121: _stays("This ngrok agent is older than your ngrok account allows.", _UPDATE, DOWNLOAD_PAGE),
    123: _stays(
        "The email address of this ngrok account is not confirmed yet.",
        "Click the link in ngrok's email, or have it sent again on ngrok's page.",
        EMAIL_PAGE,
    ),
    4018: _stays(
        "ngrok needs an account, and no authtoken is set.",
        "Sign in at ngrok and copy your authtoken; the set-up sheet takes it: Hooks, i, then s.",
        TOKEN_PAGE,
    ),
    314: _stays(
        "Your ngrok plan does not include a web address of your own.",
        "Use the address that ngrok gave you, or choose a larger plan.",
        BILLING_PAGE,
    ),
    319: _stays(
        "The web address in your settings is not reserved at ngrok.",
        "Look up your address on ngrok's page and enter it as Fixed address (tunnel.domain), or leave that empty.",
        DOMAINS_PAGE,
    ),
    320: _stays(
        "The web address in your settings belongs to another ngrok account.",
        "Look up your address on ngrok's page and enter it as Fixed address, or use the other account's authtoken.",
        DOMAINS_PAGE,
    ),
    324: _stays(
        "ngrok's agent has more addresses open than your plan allows.",
        "Close one of them on ngrok's page.",
        ENDPOINTS_PAGE,
    ),
    334: _passes(
        "Your web address is still in use by another ngrok agent.",
        "Stop the other agent; one that was cut off frees the address by itself after a minute or two.",
        AGENTS_PAGE,
    ),
    338: _stays("ngrok has suspended this account.", "Write to ngrok's support.", SUPPORT_PAGE),
    715: _passes(
        "More connections came in within a minute than your ngrok plan allows.",
        "It works again in a minute by itself.",
        USAGE_PAGE,
    ),
    725: _month("The amount of data of this month's ngrok plan is used up."),
    726: _month("The connections of this month's ngrok plan are used up."),
    727: _month("The requests of this month's ngrok plan are used up."),
    728: _month("The web connections of this month's ngrok plan are used up."),
    3004: _passes(
        "ngrok could not read the answer of this computer.",
        "Check that nothing else uses booking_tui's port (listener.port).",
    ),
    3200: _passes(
        "ngrok says that nothing is connected under this address.",
        "Wait a moment; if it stays, compare the address with ngrok's page.",
        ENDPOINTS_PAGE,
    ),
    3204: _stays(
        "A rule at ngrok turned the request away before it came here.",
        "Remove the webhook check of this address on ngrok's page; booking_tui checks signatures itself.",
        ENDPOINTS_PAGE,
    ),
    6022: _stays(
        "ngrok showed its warning page instead of passing the request on.",
        "Webhooks are not affected by it; try again, and tell ngrok's support if it stays.",
        SUPPORT_PAGE,
    ),
    6024: _stays(
        "ngrok showed its warning page instead of passing the request on.",
        "Webhooks are not affected by it; try again, and tell ngrok's support if it stays.",
        SUPPORT_PAGE,
    ),
    8012: _passes(
        "ngrok works, but booking_tui did not answer on this computer.",
        "Check that booking_tui is running and that listener.port is the same everywhere.",
    ),
}


class Cause(StrEnum):
    """A trouble that carries no code of ngrok's."""

    UNREACHABLE = "unreachable"
    NAME = "name"
    SILENT = "silent"
    DIED = "died"
    NO_BINARY = "no_binary"
    SHIM = "shim"
    NOT_NGROK = "not_ngrok"
    MUTE = "mute"
    WRONG_PATH = "wrong_path"
    TOO_OLD = "too_old"
    NOT_ALLOWED = "not_allowed"
    GARBAGE = "garbage"
    PORT_TAKEN = "port_taken"
    PROXY = "proxy"
    CERTIFICATE = "certificate"
    CLOCK = "clock"
    FOLDER = "folder"
    ENDPOINT_GONE = "endpoint_gone"
    REFUSED = "refused"
    STOPPED = "stopped"
    NOT_OPEN = "not_open"


GENERAL: Final[dict[Cause, Words]] = {
    Cause.UNREACHABLE: _passes(
        "The ngrok agent cannot reach ngrok's service.",
        "Check the internet connection; a firewall must let ngrok out on port 443.",
        STATUS_PAGE,
    ),
    Cause.NAME: _passes(
        "This computer cannot find ngrok's service by name.",
        "Check the internet connection; it is tried again by itself.",
        STATUS_PAGE,
    ),
    Cause.SILENT: _passes(
        "The ngrok agent started and then said nothing more.", "It is ended and tried again by itself."
    ),
    Cause.DIED: _passes("The ngrok agent ended.", "It is started again by itself."),
    Cause.NO_BINARY: _stays(
        "The ngrok agent is not installed.",
        "Run booking-tui tunnel install, which asks and then downloads it, or install it from ngrok's page.",
        DOWNLOAD_PAGE,
    ),
    Cause.SHIM: _stays(
        "tunnel.ngrok_path names pyngrok's script, not the ngrok agent.",
        "Name the agent itself, or leave the setting empty.",
        DOWNLOAD_PAGE,
    ),
    Cause.NOT_NGROK: _stays(
        "The program found as ngrok is not the ngrok agent, or it is one for another kind of computer.",
        "Install the agent from ngrok's page, or correct tunnel.ngrok_path.",
        DOWNLOAD_PAGE,
    ),
    Cause.MUTE: _stays(
        "The program found as ngrok does not answer when it is asked for its version.",
        "Install the agent from ngrok's page, or correct tunnel.ngrok_path.",
        DOWNLOAD_PAGE,
    ),
    Cause.WRONG_PATH: _stays(
        "The setting tunnel.ngrok_path does not name the ngrok agent.", "Correct tunnel.ngrok_path, or remove it."
    ),
    Cause.TOO_OLD: _stays("This ngrok agent is too old; 3.30 or newer is needed.", _UPDATE, DOWNLOAD_PAGE),
    Cause.NOT_ALLOWED: _stays(
        "This computer does not allow the agent to be run.",
        "Allow the file to be executed, or install the agent in another folder.",
    ),
    Cause.GARBAGE: _passes(
        "The ngrok agent gave an answer that makes no sense.",
        "It is started again by itself; if it stays, install the newest agent.",
        DOWNLOAD_PAGE,
    ),
    Cause.PORT_TAKEN: _passes(
        "Another program took the port that the agent wanted for itself.", "It is tried again with another one."
    ),
    Cause.PROXY: _passes(
        "The proxy of this network does not let the agent through.",
        "Ask whoever runs the network to allow ngrok, or use another network.",
    ),
    Cause.CERTIFICATE: _passes(
        "Something in this network opens encrypted connections, and the agent does not trust it.",
        "Sign in to the network if it asks for it, use another one, or ask whoever runs it to leave ngrok alone.",
    ),
    Cause.CLOCK: _passes(
        "The clock of this computer seems to be wrong: ngrok's certificate is not valid at its time.",
        "Set date and time, then try again.",
    ),
    Cause.FOLDER: _passes(
        "The files of the agent could not be written.", "Check the free space and the rights of the home folder."
    ),
    Cause.ENDPOINT_GONE: _passes("The agent runs, but its address was taken away.", "It is opened anew by itself."),
    Cause.REFUSED: _passes("ngrok did not open the address.", "It is tried again by itself.", ENDPOINTS_PAGE),
    Cause.STOPPED: _passes("Opening the way in was stopped.", "Start it again when you want it."),
    Cause.NOT_OPEN: _passes("The way in is not open.", "Open it."),
}
