"""Route of the bearer token (reference, Authentication)."""

from __future__ import annotations

from secrets import compare_digest

from reconciler.simulator.call import Answer, Call, Route
from reconciler.simulator.checks import shape, text
from reconciler.simulator.refusals import Error, Refusal
from reconciler.simulator.tokens import client_named

_BODY = shape({"secret": text}, {})


def authenticate(call: Call) -> Answer:
    """Live answers 200 with only `token`, the reference 201 with three keys."""
    client = client_named(call.tenant, call.params["client"])
    now = call.world.clock.now()
    call.world.tokens.admit(client, now)
    secret = call.checked(_BODY)["secret"]
    if not compare_digest(secret.encode(), call.world.options.secret.encode()):
        # The reference lists 201, 400 and 500; nothing is recorded.
        raise Refusal(401 if call.live else 400, Error("BAD_CREDENTIALS", "Wrong client name or secret"))
    token = call.world.tokens.issue(call.tenant, client, now)
    if call.live:
        return Answer(200, {"token": token})
    return Answer(201, {"clientName": client.name, "token": token, "enabled": True})


ROUTES = (Route("POST", "/{tenant}/admin/api_clients/{client}", authenticate, "AUTH", open=True),)
