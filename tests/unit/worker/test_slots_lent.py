"""Slots that are lent count as free for a job, and are nobody else's until they are given back."""

from trainyard_worker.gpu_memory import NotCleared
from trainyard_worker.slots import Slots


def slots_of(count: int, *, broken: bool = False) -> Slots:
    def clear(slot: int) -> None:
        if broken:
            raise NotCleared("It is in use.")

    def never(*_: object) -> object:
        raise AssertionError

    return Slots(count, make_attempt=never, clear=clear, on_free=lambda: None, on_suspect=lambda _: None)  # type: ignore[arg-type]


def test_a_job_may_claim_what_is_lent() -> None:
    slots = slots_of(3)
    lent = slots.lend(2)
    assert lent == [0, 1]
    assert (slots.free, slots.claimable) == (1, 3)
    assert slots.lend(2) is None
    assert slots.take() == 2
    assert (slots.free, slots.claimable) == (0, 2)
    for slot in lent:
        slots.give_back(slot)
    assert (slots.free, slots.claimable) == (2, 2)


def test_what_cannot_be_cleared_is_not_claimed_again() -> None:
    slots = slots_of(1, broken=True)
    assert slots.lend(1) == [0]
    slots.give_back(0)
    assert (slots.free, slots.claimable) == (0, 0)
