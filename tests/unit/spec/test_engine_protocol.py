"""Messages of the engine can always be stored."""

from trainyard_spec.engine_protocol import Failed, Fault, Log


def test_text_that_a_database_cannot_hold_is_made_storable() -> None:
    assert Log(message="bad \x00 byte").message == "bad \ufffd byte"
    failed = Failed(fault=Fault.USER, code="x", message="\x00", hint="\x00")
    assert (failed.message, failed.hint) == ("\ufffd", "\ufffd")
