"""Every request of an apply, met by every fault: at most two re-runs, then converged, and nothing twice.

`kill -9` at every request stands in test_kill.
"""

from __future__ import annotations

import pytest

from tests.conftest import Simulate, Workspace
from tests.faults.clinic import OBJECTS, arrived, begun, tried
from tests.support.service import Service

pytestmark = pytest.mark.usefixtures("impatient")

FAULTS = ("cut-before", "cut-after", "500-before", "500-after", "hang-before", "hang-after", "429", "401",
          "502-before", "502-after", "token-expired")  # fmt: skip
REQUESTS = 30  # an apply of the clinic makes no more
RUNS = 3


def converges(workspace: Workspace, service: Service, fault: str) -> None:
    """Apply until it succeeds; the fault meets one request."""
    begun(workspace, service)
    service.fault(fault)
    put_back = 0
    for _ in range(RUNS):
        done = workspace.run("apply", "--auto-approve")
        put_back += done.stdout.count("put back:")
        if done.code == 0:
            break
    assert done.code == 0, done
    # A token that ends is refused to all who use it just then. Hours that made room for a row which then
    # failed are put back, and made again by the next run.
    refused = sum(call.is_write and call.status == 401 for call in service.calls())
    assert tried(service) <= OBJECTS + max(1, refused) + 2 * put_back, done
    arrived(workspace, service)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_faulted_write_of_each_method(
    workspace: Workspace, service: Service, method: str, fault: str
) -> None:
    converges(workspace, service, f"{fault}:{method}:/gh/sb-demo/calendar:@1" if method != "PATCH" else
              f"{fault}:PATCH:/:@1")  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("number", range(1, REQUESTS + 1))
def test_a_fault_at_every_request(workspace: Workspace, service: Service, number: int, fault: str) -> None:
    converges(workspace, service, f"{fault}:*:/:@{number}")


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "GET"])
def test_a_fault_at_a_service_that_knows_only_the_reference(
    workspace: Workspace, simulate_service: Simulate, method: str, fault: str
) -> None:
    service = simulate_service(profile="reference")
    workspace.at(service)
    for number in (1, 2, 4):
        service.fault(f"{fault}:{method}:/gh/sb-demo/calendar:@{number}")
    workspace.write("users:\n  johndoe: {email: john@example.org}\nevents:\n" + "".join(
        f"  e{day}: {{title: E, host: johndoe, starts: 2026-12-0{day}T09:00, duration: 1h}}\n"
        for day in range(1, 7)
    ))  # fmt: skip
    for _ in range(RUNS + 3):  # one fault more than above in each
        if workspace.run("apply", "--auto-approve").code == 0:
            break
    service.no_faults()
    assert len(service.events()) == 6
    workspace.settled()


@pytest.mark.parametrize("now", ["2026-11-24T11:00:00Z", "2026-11-24T13:00:00Z"])
def test_a_clock_an_hour_off_does_no_harm(workspace: Workspace, simulate_service: Simulate, now: str) -> None:
    service = simulate_service(now=now)
    begun(workspace, service)
    service.fault("cut-after:POST:/:1", "429=1:PUT:/:1")
    workspace.apply()
    assert tried(service) <= OBJECTS + 1
    arrived(workspace, service)
