"""Slots follow the GPUs that the driver shows and ``CUDA_VISIBLE_DEVICES`` allows."""

import pytest

from trainyard_worker.hardware import Gpu, NoGpu, detect_host, nvidia_gpus, processors_of

GPUS = tuple(Gpu(uuid=f"GPU-{letter}{letter}", model="H100", memory_bytes=80, driver="580.1") for letter in "abc")


def test_without_a_gpu_slots_are_cpu_slots() -> None:
    host = detect_host(slot_kind="auto", environment={}, find_gpus=lambda: ())
    assert host.describe().kind == "cpu"
    assert host.describe().cores >= 1
    assert host.slot_environment([0]) == {"CUDA_VISIBLE_DEVICES": ""}


def test_slots_see_their_own_gpus_alone() -> None:
    host = detect_host(slot_kind="auto", environment={}, find_gpus=lambda: GPUS)
    described = host.describe()
    assert (described.kind, described.model, described.gpus, described.driver) == ("cuda", "H100", 3, "580.1")
    seen = [host.slot_environment(slots)["CUDA_VISIBLE_DEVICES"] for slots in ([0], [1], [2], [0, 2])]
    assert seen == ["GPU-aa", "GPU-bb", "GPU-cc", "GPU-aa,GPU-cc"]


def test_no_two_slots_share_a_gpu() -> None:
    host = detect_host(slot_kind="auto", environment={}, find_gpus=lambda: GPUS)
    host.check_slots(3)
    with pytest.raises(NoGpu, match="4 slots were asked for, but there are 3 GPUs"):
        host.check_slots(4)
    detect_host(slot_kind="cpu", environment={}).check_slots(64)


@pytest.mark.parametrize(
    ("visible", "uuids"),
    [("2,0", ["GPU-cc", "GPU-aa"]), ("GPU-b", ["GPU-bb"]), ("", []), ("7", []), ("1,1", ["GPU-bb"])],
)
def test_only_visible_devices_count(visible: str, uuids: list[str]) -> None:
    host = detect_host(slot_kind="auto", environment={"CUDA_VISIBLE_DEVICES": visible}, find_gpus=lambda: GPUS)
    assert [gpu.uuid for gpu in host.gpus] == uuids


def test_gpu_slots_without_a_gpu_are_an_error() -> None:
    with pytest.raises(NoGpu, match="no GPU here"):
        detect_host(slot_kind="cuda", environment={}, find_gpus=lambda: ())


def test_cpu_slots_leave_gpus_alone() -> None:
    host = detect_host(slot_kind="cpu", environment={}, find_gpus=lambda: GPUS)
    assert host.gpus == ()


def test_asking_the_driver_never_raises() -> None:
    assert all(gpu.memory_bytes > 0 for gpu in nvidia_gpus())


def test_slots_of_one_worker_share_no_processor() -> None:
    available = [0, 2, 4, 5, 6, 7, 9]
    shares = [processors_of([slot], of=3, threads=2, available=available) for slot in range(3)]
    assert shares == [(0, 2), (4, 5), (6, 7)]
    assert processors_of([0, 2], of=3, threads=2, available=available) == (0, 2, 6, 7)


def test_a_slot_alone_or_with_too_few_processors_runs_where_it_can() -> None:
    assert processors_of([0], of=1, threads=1, available=[0, 1, 2, 3]) == ()
    assert processors_of([0], of=2, threads=3, available=[0, 1, 2, 3]) == ()
    assert processors_of([0], of=2, threads=1, available=[]) == ()
