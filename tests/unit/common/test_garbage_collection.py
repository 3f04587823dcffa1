"""Collection of cycles is off while a process imports, and on again afterwards whatever happened."""

import gc

import pytest

from trainyard_common.garbage_collection import without_collection


def importing_what_fails() -> None:
    with without_collection():
        assert not gc.isenabled()
        raise ImportError


def test_it_is_off_inside_and_on_again_after_a_failure() -> None:
    with pytest.raises(ImportError):
        importing_what_fails()
    assert gc.isenabled()


def test_inside_another_it_stays_off() -> None:
    with without_collection():
        with without_collection():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
