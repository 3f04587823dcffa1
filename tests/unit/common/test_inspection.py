import os
import subprocess
import sys

import pytest

from tests.support.insider import ROOT

READ_PARENT = """
import os
from trainyard_common.inspection import forbid_inspection
if told:
    forbid_inspection()
os.umask(0)
if os.fork() == 0:
    os.setresuid(os.getuid() or 65534, os.getuid() or 65534, os.getuid() or 65534)
    try:
        open(f"/proc/{os.getppid()}/environ", "rb").close()
    except PermissionError:
        os._exit(3)
    os._exit(0)
os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""


@pytest.mark.parametrize(("forbidden", "status"), [(False, 0), (True, 3)])
def test_others_of_the_same_user_read_no_environment(forbidden: bool, status: int) -> None:
    # Root may read everything: the process and the one that looks are somebody else's then.
    code = f"told = {forbidden}\n" + READ_PARENT
    as_nobody = "import os\nif os.getuid() == 0: os.setresuid(65534, 65534, 65534)\n"
    again = "import ctypes; ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)\n"
    done = subprocess.run(
        [sys.executable, "-P", "-c", "import trainyard_common.inspection\n" + as_nobody + again + code],
        env={"PYTHONPATH": str(ROOT / "contracts"), "PATH": os.environ["PATH"]},
        check=False,
    )
    assert done.returncode == status
