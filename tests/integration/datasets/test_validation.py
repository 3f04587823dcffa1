"""One outcome per version, whatever happens to validators."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings as DjangoSettings

from tests.support import uploads
from tests.support.dataset_versions import blobs_of, clock, create_dataset, upload
from tests.support.platform import Caller
from trainyard.core.blobs import blob_store
from trainyard.core.models import OutboxMessage
from trainyard.datasets import compiler, validation
from trainyard.datasets.models import DatasetVersion
from trainyard_common.resource_use import Excess, Resource
from trainyard_spec.datasets import CompileResult

LATER = timedelta(minutes=2)


@pytest.fixture
def version(owner: Caller, tmp_path: Path) -> DatasetVersion:
    file = uploads.write_csv(tmp_path / "flowers.csv", uploads.flower_rows())
    body = upload(owner, create_dataset(owner, target="species"), file)
    OutboxMessage.objects.all().delete()
    return DatasetVersion.across_tenants.get(id=body["id"])


def validate(version: DatasetVersion, *, later: timedelta = timedelta()) -> DatasetVersion:
    validation.validate_next(clock=lambda: clock() + later)
    return DatasetVersion.across_tenants.get(id=version.id)


def codes(version: DatasetVersion) -> list[str]:
    return [problem["code"] for problem in version.problems]


def asked_for() -> list[str]:
    return [message.kwargs["dataset_version_id"] for message in OutboxMessage.objects.order_by("id")]


@pytest.fixture
def while_compiling(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Runs something in the middle of the next validation, as another process could."""
    compile_file = compiler.run

    def arrange(meanwhile: Callable[[], object]) -> None:
        def run(*args: Any, **kwargs: Any) -> CompileResult:
            monkeypatch.setattr(compiler, "run", compile_file)
            with monkeypatch.context() as elsewhere:
                elsewhere.setattr(validation, "_slots", threading.Lock())
                meanwhile()
            return compile_file(*args, **kwargs)

        monkeypatch.setattr(compiler, "run", run)

    return arrange


@pytest.fixture
def limits(settings: DjangoSettings) -> Callable[..., None]:
    def change(**values: Any) -> None:
        settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=values)

    return change


def test_a_second_validator_finds_it_taken(
    version: DatasetVersion, while_compiling: Callable[[Callable[[], object]], None]
) -> None:
    seen: list[str] = []
    while_compiling(lambda: seen.append(validate(version).state))
    assert (validate(version).state, seen) == ("ready", ["validating"])


def test_a_validator_that_died_is_succeeded(version: DatasetVersion) -> None:
    assert validation._claim(version.id, clock()) is not None
    assert validate(version).state == "validating"
    validation.revalidate(now=clock() + LATER)
    assert asked_for() == [version.id]
    done = validate(version, later=LATER)
    assert (done.state, done.validation_fence) == ("ready", 2)


def test_a_validator_that_was_given_up_changes_nothing(
    version: DatasetVersion, owner: Caller, while_compiling: Callable[[Callable[[], object]], None]
) -> None:
    while_compiling(lambda: validate(version, later=LATER))
    done = validate(version)
    assert (done.state, done.validation_fence) == ("ready", 2)
    assert {name.split("/")[2] for name in blobs_of(owner) if "/compiled/" in name} == {"2"}


def test_a_claim_is_renewed_while_the_compiler_works(version: DatasetVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    start = clock()
    times = iter([start, *(start + timedelta(seconds=30 * step) for step in range(1, 10))])
    expiries = []

    def run(compilation: compiler.Compilation, *, keep_going: Callable[[], bool]) -> CompileResult:
        for _ in range(5):
            assert keep_going()
            expires_at = DatasetVersion.across_tenants.get(id=version.id).validation_expires_at
            assert expires_at is not None
            expiries.append((expires_at - start).total_seconds())
        return CompileResult(dataset=None)

    monkeypatch.setattr(compiler, "run", run)
    validation.validate_next(clock=lambda: next(times))
    assert expiries == [90, 120, 150, 180, 210]


def test_what_nobody_claimed_is_asked_for_again(version: DatasetVersion) -> None:
    validation.revalidate(now=version.created_at + timedelta(seconds=29))
    assert asked_for() == []
    validation.revalidate(now=version.created_at + timedelta(seconds=31))
    assert asked_for() == [version.id]


def test_a_finished_version_is_left_alone(version: DatasetVersion) -> None:
    done = validate(version)
    assert validate(version, later=LATER).validated_at == done.validated_at
    assert validation.revalidate(now=clock() + LATER) == 0


def test_whoever_finishes_asks_for_the_next(version: DatasetVersion, owner: Caller, tmp_path: Path) -> None:
    file = uploads.write_csv(tmp_path / "more.csv", uploads.flower_rows())
    waiting = upload(owner, version.dataset_id, file)["id"]
    OutboxMessage.objects.all().delete()
    validate(version)
    assert asked_for() == [waiting]


def test_a_fault_of_ours_is_tried_three_times(version: DatasetVersion) -> None:
    blob_store().delete_prefix(version.source_key)
    for _ in range(2):
        assert validate(version).state == "validating"
        assert validation.revalidate(now=clock()) == 1
    done = validate(version)
    assert (done.state, codes(done)) == ("rejected", ["internal"])


def test_validators_that_all_die_end_in_a_rejection(version: DatasetVersion) -> None:
    for step in range(3):
        assert validation._claim(version.id, clock() + step * LATER) is not None
    done = validate(version, later=3 * LATER)
    assert (done.state, codes(done)) == ("rejected", ["internal"])


def test_a_compilation_that_takes_too_long_is_rejected(version: DatasetVersion, limits: Callable[..., None]) -> None:
    limits(compile_seconds=0)
    assert codes(validate(version)) == ["compile_timeout"]


def test_a_compiler_killed_for_memory_is_rejected_after_three_tries(
    version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: Any, **__: Any) -> CompileResult:
        raise compiler.CompilerCrashed(status=-9, stderr="")

    monkeypatch.setattr(compiler, "run", run)
    for _ in range(2):
        assert validate(version).state == "validating"
    assert codes(validate(version)) == ["too_large_to_compile"]


def test_a_file_that_unpacks_to_more_than_its_part_of_the_disk_is_rejected_at_once(
    version: DatasetVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: Any, **__: Any) -> CompileResult:
        raise compiler.CompileOversized(Excess(Resource.DISK, 3 * 2**30, 2 * 2**30))

    monkeypatch.setattr(compiler, "run", run)
    (problem,) = validate(version).problems
    assert problem["code"] == "too_large_to_compile"
    assert "more than 2,048 MiB of disk" in problem["message"]


@pytest.mark.parametrize(
    ("status", "tries", "code"),
    [(-24, 1, "too_costly_to_compile"), (-11, 3, "unreadable_file"), (134, 3, "unreadable_file"), (1, 3, "internal")],
)
def test_a_death_of_the_compiler_is_told_in_words(
    version: DatasetVersion, monkeypatch: pytest.MonkeyPatch, status: int, tries: int, code: str
) -> None:
    def run(*_: Any, **__: Any) -> CompileResult:
        raise compiler.CompilerCrashed(status=status, stderr="")

    monkeypatch.setattr(compiler, "run", run)
    for _ in range(tries - 1):
        assert validate(version).state == "validating"
    assert codes(validate(version)) == [code]


def test_a_memory_limit_that_is_too_low_leaves_nothing(
    version: DatasetVersion, owner: Caller, limits: Callable[..., None]
) -> None:
    limits(compile_memory_bytes=64 * 2**20)
    for _ in range(3):
        done = validate(version)
    assert done.state == "rejected"
    assert blobs_of(owner) == set()


def test_scratch_is_always_removed(version: DatasetVersion, settings: DjangoSettings) -> None:
    root = settings.ENVIRONMENT.scratch_dir / "validations"
    left = root / version.id / "0"
    left.mkdir(parents=True)
    (left / "half").write_text("of a dead validator")
    validate(version)
    assert list(root.iterdir()) == []


def test_text_that_no_database_holds_is_stored_without_it(owner: Caller, tmp_path: Path) -> None:
    rows = [{**row, "colour": f"{row['colour']}\0"} for row in uploads.flower_rows()]
    file = uploads.write_jsonl(tmp_path / "nul.jsonl", rows)
    body = upload(owner, create_dataset(owner, target="species"), file)
    done = validate(DatasetVersion.across_tenants.get(id=body["id"]))
    assert "\0" not in str([done.profile, done.problems])
    assert done.state in {"ready", "rejected"}
