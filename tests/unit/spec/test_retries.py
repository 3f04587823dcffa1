"""Waiting between retries grows, and not beyond its limit."""

from itertools import pairwise

import pytest

from trainyard_spec.stop_rules import STOP_RULES, Retry


def test_each_wait_is_twice_the_one_before_up_to_the_longest() -> None:
    retry = Retry(limit=10, first_seconds=2, longest_seconds=20)
    assert [retry.seconds_before(failures) for failures in range(1, 7)] == [2, 4, 8, 16, 20, 20]


def test_a_limit_counts_failures_in_a_row_and_none_is_without_end() -> None:
    assert [Retry(limit=1, first_seconds=1).allows(failures) for failures in (1, 2)] == [True, False]
    assert Retry(limit=None, first_seconds=1).allows(10_000)


@pytest.mark.parametrize("failures", [100, 10_000])
def test_many_failures_overflow_nothing(failures: int) -> None:
    assert Retry(limit=None, first_seconds=1).seconds_before(failures) == 300


def test_the_table_stands_in_the_order_of_its_ranks() -> None:
    assert all(earlier.rank <= later.rank for earlier, later in pairwise(STOP_RULES))
