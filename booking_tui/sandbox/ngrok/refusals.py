"""What the service says when it refuses: the texts of the error codes, for sessions and for endpoints."""

from __future__ import annotations

AGENT_VERSION = "3.39.1"
PLAN_ENDPOINTS = 3
_DASHBOARD = "https://dashboard.ngrok.com"

SESSION: dict[int, str] = {
    105: "The authtoken you specified does not look like a proper ngrok authtoken.\nYour authtoken: {token}\n"
    f"Instructions to install your authtoken are on your ngrok dashboard:\n{_DASHBOARD}/get-started/your-authtoken",
    106: "The authtoken you specified is an ngrok v1 authtoken, and this agent is newer.\nYour authtoken: {token}\n"
    f"Your new authtoken is on your ngrok dashboard:\n{_DASHBOARD}/get-started/your-authtoken",
    107: "The authtoken you specified is properly formed, but it is invalid.\nYour authtoken: {token}\n"
    "This usually happens when:\n    - You reset your authtoken\n"
    "    - Your authtoken was for a team account that you were removed from\n"
    "    - You are using a credential that was explicitly revoked\n\n"
    f"Go to your ngrok dashboard and double check that your authtoken is correct:\n"
    f"{_DASHBOARD}/get-started/your-authtoken",
    108: "Your account is limited to 3 simultaneous ngrok agent sessions.\n"
    f"You can see your current agent sessions on the dashboard:\n{_DASHBOARD}/agents\n\n"
    "Active ngrok agent sessions in region 'eu':\n  - ts_2aSandboxOne (203.0.113.7)\n  - ts_2aSandboxTwo (203.0.113.8)"
    "\n  - ts_2aSandboxThree (203.0.113.9)",
    109: "The authentication payload is malformed.",
    120: "Your ngrok agent version {version} is no longer supported. Only the most recent version of the ngrok agent "
    "is supported without an account.\nUpdate to a newer version with `ngrok update` or by downloading from "
    "https://ngrok.com/download.\nSign up for an account to avoid forced version upgrades: https://ngrok.com/signup.",
    121: 'Your ngrok-agent version "{version}" is too old. The minimum supported agent version for your account is '
    '"3.99.0". Please update to a newer version with `ngrok update`, by downloading from '
    "https://ngrok.com/download, or by updating your SDK version.",
    123: "Your account must have a verified e-mail address before it can run an ngrok agent.\n"
    f"Verify your e-mail address: {_DASHBOARD}/user/settings",
    338: "Your account has been suspended.\nContact support@ngrok.com.",
    715: "Your account has opened more connections a minute than its plan allows.",
    725: "You have reached the bandwidth limit of your account for this month.\n"
    f"Upgrade to a paid plan at: {_DASHBOARD}/billing/choose-a-plan",
    726: "You have reached the limit of your account on TCP connections for this month.\n"
    f"Upgrade to a paid plan at: {_DASHBOARD}/billing/choose-a-plan",
    727: "You have reached the limit of your account on HTTP requests for this month.\n"
    f"Upgrade to a paid plan at: {_DASHBOARD}/billing/choose-a-plan",
    728: "You have reached the limit of your account on endpoint time for this month.\n"
    f"Upgrade to a paid plan at: {_DASHBOARD}/billing/choose-a-plan",
    4018: "Usage of ngrok requires a verified account and authtoken.\n\n"
    f"Sign up for an account: {_DASHBOARD}/signup\nInstall your authtoken: {_DASHBOARD}/get-started/your-authtoken",
}

ENDPOINT: dict[int, str] = {
    313: "Only paid plans may create endpoints with custom subdomains.\n"
    "Failed to create an endpoint with the custom subdomain '{host}'.\nThis account is on the 'Free' plan.\n\n"
    f"Upgrade to a paid plan at: {_DASHBOARD}/billing/choose-a-plan",
    314: "Only paid plans may bind custom hostnames.\nFailed to bind the custom hostname '{host}' for this account.\n"
    "This account is on the 'Free' plan.\n\n"
    f"Upgrade to a paid plan at: {_DASHBOARD}/billing/choose-a-plan",
    319: "The domain '{host}' is not reserved for your account. You must reserve it before it can be bound.\n"
    f"Reserve this domain on your dashboard: {_DASHBOARD}/domains/new",
    320: "The domain '{host}' is reserved for another account.\nFailed to bind the domain '{host}' for this account.",
    324: f"Your account may not run more than {PLAN_ENDPOINTS} endpoints over a single ngrok agent session.\n"
    "Stop an endpoint that is running on this session first.",
    334: "The endpoint '{url}' is already online. Either\n1. stop your existing endpoint first, or\n"
    "2. start both endpoints with `--pooling-enabled` to load balance between them.",
    338: "Your account has been suspended.\nContact support@ngrok.com.",
    8013: "You must add a credit or debit card before you can use TCP endpoints on a free account.\n"
    f"Add a card at: {_DASHBOARD}/settings#id-verification",
}


def _with_code(text: str, code: int) -> str:
    return f"{text}\r\n\r\nERR_NGROK_{code}\r\n"


def session_refusal(code: int, token: str) -> str:
    """Give what the service answers to a session that it does not want, token and all."""
    text = SESSION.get(code, "The service refuses this session.")
    return _with_code("authentication failed: " + text.format(token=token, version=AGENT_VERSION), code)


def endpoint_refusal(code: int, url: str) -> str:
    """Give what the service answers to an endpoint that it does not want."""
    text = ENDPOINT.get(code, "The service refuses this endpoint.")
    host = url.partition("://")[2] or url
    return _with_code("failed to start tunnel: " + text.format(url=url, host=host), code)


def token_fault(token: str) -> int | None:
    """Give the code that a token's form alone earns it: none at all, the first version's form, or no form."""
    if not token:
        return 4018
    first, separator, rest = token.partition("_")
    if separator:
        return None if first.isalnum() and rest.replace("_", "").isalnum() and len(token) >= 12 else 105
    return 106 if token.isalnum() and len(token) >= 20 else 105
