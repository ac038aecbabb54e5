"""How often a team may call, and how much it may send.

The window of the rate limit is one second, hard, without bursts; the daily quota counts the UTC day, the monthly one
the UTC month, each recipient of to, cc and bcc as one. All by the simulator's clock: one that stands still never opens
the next window.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from booking_tui.sandbox.resend.wire import ApiError, JsonObject, in_events

PER_SECOND = 10
DAILY = 100
MONTHLY = 3_000


class Limits:
    """The limits of the free plan, unless set otherwise; None is no limit. Used under the world's lock."""

    def __init__(
        self, per_second: int | None = PER_SECOND, daily: int | None = DAILY, monthly: int | None = MONTHLY
    ) -> None:
        self.per_second = per_second
        self.daily = daily
        self.monthly = monthly
        self._window: tuple[int, int] = (0, 0)
        self._used: dict[str, int] = {}

    def admit(self, now: datetime) -> dict[str, str]:
        """Count a call and give the headers for its answer. Raises `ApiError` 429."""
        second = int(now.timestamp())
        used = self._window[1] if self._window[0] == second else 0
        if self.per_second is None:
            return {}
        headers = {"ratelimit-limit": str(self.per_second), "ratelimit-reset": "1"}
        if used >= self.per_second:
            raise too_many(self.per_second)
        self._window = (second, used + 1)
        return headers | {"ratelimit-remaining": str(self.per_second - used - 1)}

    def quota_headers(self, now: datetime) -> dict[str, str]:
        """Give what was used so far; a plan without a daily limit has no daily header."""
        daily = {} if self.daily is None else {"x-resend-daily-quota": str(self.used(_day(now)))}
        return daily | {"x-resend-monthly-quota": str(self.used(_month(now)))}

    def exceeded(self, recipients: int, now: datetime) -> ApiError | None:
        """Give the refusal for so many recipients more, if there is one."""
        if self.monthly is not None and self.used(_month(now)) + recipients > self.monthly:
            return ApiError(429, "monthly_quota_exceeded", "You have reached your monthly email quota.")
        if self.daily is not None and self.used(_day(now)) + recipients > self.daily:
            return ApiError(429, "daily_quota_exceeded", "You have reached your daily email quota.")
        return None

    def count(self, recipients: int, now: datetime) -> None:
        """Count recipients that were sent to."""
        for key in (_day(now), _month(now)):
            self._used[key] = self.used(key) + recipients
        for old in sorted(self._used)[:-64]:
            del self._used[old]

    def used(self, period: str) -> int:
        """Give the count of a period, `2026-11-22` or `2026-11`."""
        return self._used.get(period, 0)

    def usage(self, now: datetime) -> JsonObject:
        """Describe all of it, as `GET /usage` does."""
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        midnight = today + timedelta(days=1)
        month_end = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        day, month = self.used(_day(now)), self.used(_month(now))
        return {
            "object": "usage",
            "emails": {
                "daily": _period(day, self.daily, midnight),
                "monthly": _period(month, self.monthly, month_end),
            },
            "rate_limit": {"limit": self.per_second, "duration": "1000ms"},
        }


def too_many(per_second: int | None) -> ApiError:
    """Make the refusal of who calls too often."""
    allowed = PER_SECOND if per_second is None else per_second
    return ApiError(
        429,
        "rate_limit_exceeded",
        f"Too many requests. You can only make {allowed} requests per second. See rate limit response headers.",
        {"ratelimit-limit": str(allowed), "ratelimit-remaining": "0", "ratelimit-reset": "1", "retry-after": "1"},
    )


def _period(used: int, limit: int | None, resets_at: datetime) -> JsonObject:
    return {"used": used, "limit": limit, "sent": used, "received": 0, "resets_at": in_events(resets_at)}


def _day(now: datetime) -> str:
    return now.strftime("%Y-%m-%d")


def _month(now: datetime) -> str:
    return now.strftime("%Y-%m")
