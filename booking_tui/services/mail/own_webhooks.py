"""By what this home knows its webhooks at the provider: kept between runs, for others are in the same account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import cast

from booking_tui.domain.mail.outcome import proves_untaken
from booking_tui.ports.mail import BegunWebhook, MailAccount, MailRefused, OwnWebhooks, WebhookKept
from booking_tui.services.records import Records

_KEY = "webhooks"
_KEPT = 20
"""So many ids are kept, the latest first: those of an account that was left count again when it comes back."""


class KeptWebhooks:
    """Reads and writes what is known of our webhooks. ``secrets`` gives the signing secrets we have."""

    def __init__(self, records: Records, secrets: Callable[[], Iterable[str]]) -> None:
        self._records = records
        self._secrets = secrets

    def own(self, account: MailAccount) -> OwnWebhooks:
        """Give by what ours are known now in an account."""
        made, begun = self._read(account)
        return OwnWebhooks(frozenset(made), frozenset(self._secrets()), begun)

    def keep(self, account: MailAccount, url: str) -> WebhookKept:
        """See that one webhook of ours leads to ``url``, and keep its id. Raises MailRefused."""

        def begin(begun: BegunWebhook) -> None:
            self._write(self._read(account)[0], begun, account)

        try:
            kept = account.provider.keep_webhook(url, self.own(account), begin)
        except MailRefused as refused:
            made, begun = self._read(account)
            if begun is not None and proves_untaken(refused.answer):
                self._write(made)
            raise
        made, begun = self._read(account)
        known = {kept.webhook_id: url, **{each: there for each, there in made.items() if each != kept.webhook_id}}
        if known != made or begun is not None:
            self._write(known)
        return kept

    def _read(self, account: MailAccount) -> tuple[dict[str, str], BegunWebhook | None]:
        """Give the addresses of ours by their ids, the latest first, and one that was begun."""
        found = self._records.mail_log.remembered(_KEY)
        values = cast("dict[str, object]", found) if isinstance(found, dict) else {}
        made = cast("dict[str, str]", values.get("made") or {})
        begun = cast("dict[str, object] | None", values.get("begun"))
        if begun is None or begun["account"] != account.account:
            return made, None
        return made, BegunWebhook(str(begun["endpoint"]), frozenset(cast("Sequence[str]", begun["beside"])))

    def _write(
        self, made: dict[str, str], begun: BegunWebhook | None = None, account: MailAccount | None = None
    ) -> None:
        value: dict[str, object] = {"made": dict(list(made.items())[:_KEPT])}
        if begun is not None and account is not None:
            there = {"endpoint": begun.endpoint, "beside": sorted(begun.beside)}
            value["begun"] = {**there, "account": account.account}
        self._records.database.write(lambda tx: self._records.mail_log.remember(tx, _KEY, value))
