"""A simulated Resend on loopback, for tests and for the demo.

    sandbox = ResendSandbox(clock=lambda: NOW)          # stands still; a real clock runs by itself
    sandbox.start()                                     # sandbox.url, sandbox.api_key
    sandbox.faults.next("drop_after", on="POST /emails")        # see faults.REQUEST_FAULTS
    sandbox.fates.set("bo@example.com", "bounce", after_s=30)   # see fates.FateName
    hook = sandbox.webhooks.add("http://127.0.0.1:8377/webhooks/resend", ["email.sent", "email.bounced"])
    ...                                                 # the program under test sends
    sandbox.advance(60)                                 # all that falls due happens, webhooks are answered
    assert [message.subject for message in sandbox.mailbox] == ["Tomorrow 14:00"]
    assert sandbox.received[-1].idempotency_key == "reminder/b1/1"
    sandbox.stop()

A clock that stands still never opens the next second of the rate limit: `advance(1)`, or `per_second=None`.
Not simulated: templates, topics, broadcasts, contacts, receiving, opens and clicks, times in words.
"""

from booking_tui.sandbox.resend.simulator import ResendSandbox

__all__ = ["ResendSandbox"]
