"""Orders only get stronger, and the engine hears each once."""

import signal
from itertools import product

import pytest

from trainyard_worker.orders import Order, Orders

GIVEN = (Order.STOP, Order.CANCEL, Order.FORGET)


@pytest.mark.parametrize(("first", "second"), list(product(Order, Order)))
def test_the_strongest_order_stands(first: Order, second: Order) -> None:
    orders = Orders()
    orders.give(first)
    assert orders.give(second) is (second > max(first, Order.RUN))
    assert orders.strongest is max(first, second)
    assert [order for order in GIVEN if orders.event(order).is_set()] == [o for o in GIVEN if o <= orders.strongest]


def test_the_engine_is_asked_to_stop_and_killed_by_anything_stronger() -> None:
    orders, heard = Orders(), list[signal.Signals]()
    orders.direct(heard.append)
    for order in (Order.RUN, Order.STOP, Order.STOP, Order.CANCEL, Order.STOP, Order.FORGET):
        orders.give(order)
    assert heard == [signal.SIGTERM, signal.SIGKILL, signal.SIGKILL]


def test_an_engine_that_starts_after_an_order_hears_it() -> None:
    orders, heard = Orders(), list[signal.Signals]()
    orders.give(Order.STOP)
    orders.direct(heard.append)
    assert heard == [signal.SIGTERM]


def test_an_engine_that_has_ended_is_left_alone() -> None:
    orders, heard = Orders(), list[signal.Signals]()
    orders.direct(heard.append)
    orders.direct(None)
    orders.give(Order.CANCEL)
    assert heard == []
