"""Use is forgotten by halves; what is fair is poured out by weight."""

from math import log

import pytest

from trainyard.jobs.scheduling.fair_share import average_slots, decayed, fair_slots, held_usage
from trainyard.jobs.scheduling.state import Tenant


def fair(capacity: float, *tenants: tuple[Tenant, int]) -> dict[str, float]:
    """Each tenant with how many slots it asks for."""
    asking = [Tenant(t.id, t.weight, t.guaranteed_slots, waiting_slots=slots) for t, slots in tenants]
    return fair_slots(capacity=capacity, tenants=asking, held={})


def test_half_is_forgotten_in_a_half_life() -> None:
    assert decayed(80, seconds=0, half_life_seconds=60) == 80
    assert decayed(80, seconds=120, half_life_seconds=60) == 20


def test_use_is_the_same_however_often_it_is_added_up() -> None:
    whole = held_usage(slots=3, start=0, end=100, now=100, half_life_seconds=60)
    first = held_usage(slots=3, start=0, end=40, now=40, half_life_seconds=60)
    rest = held_usage(slots=3, start=40, end=100, now=100, half_life_seconds=60)
    assert decayed(first, seconds=60, half_life_seconds=60) + rest == pytest.approx(whole)


def test_who_always_held_n_slots_holds_n_on_average() -> None:
    use = held_usage(slots=5, start=-1e6, end=0, now=0, half_life_seconds=60)
    assert use == pytest.approx(5 * 60 / log(2))
    assert average_slots(use, half_life_seconds=60) == pytest.approx(5)


def test_equal_weights_get_equal_shares() -> None:
    assert fair(9, (Tenant("a"), 9), (Tenant("b"), 9), (Tenant("c"), 9)) == {"a": 3, "b": 3, "c": 3}


def test_weights_are_proportions() -> None:
    assert fair(8, (Tenant("a", weight=3), 9), (Tenant("b"), 9)) == {"a": 6, "b": 2}


def test_what_one_does_not_ask_for_goes_to_the_others() -> None:
    assert fair(10, (Tenant("a"), 1), (Tenant("b"), 9), (Tenant("c", weight=2), 9)) == {"a": 1, "b": 3, "c": 6}


def test_nobody_is_owed_more_than_they_ask_for() -> None:
    assert fair(10, (Tenant("a"), 1), (Tenant("b", guaranteed_slots=9), 2)) == {"a": 1, "b": 2}


def test_guarantees_come_first_and_the_rest_goes_by_weight() -> None:
    assert fair(10, (Tenant("a", guaranteed_slots=4), 9), (Tenant("b"), 9)) == {"a": 7, "b": 3}


def test_too_many_guarantees_shrink_in_proportion() -> None:
    promised = (Tenant("a", guaranteed_slots=8), 9), (Tenant("b", guaranteed_slots=4), 9), (Tenant("c"), 9)
    assert fair(6, *promised) == {"a": 4, "b": 2, "c": 0}


def test_who_asks_for_nothing_has_no_share() -> None:
    assert fair(4, (Tenant("a"), 0), (Tenant("b"), 9)) == {"b": 4}
