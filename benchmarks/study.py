"""asv: start-up, the check of the reference programme, and the whole run."""

import subprocess
import sys

from ilrs.programme.check import check
from ilrs.programme.load import load, reference_folder
from ilrs.study.chain import run_programme


def _python(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


class Start:
    def time_import_ilrs(self) -> None:
        _python("import ilrs")

    def time_help(self) -> None:
        _python("from ilrs.cli import main; main(['--help'], standalone_mode=False)")


class Reference:
    timeout = 120

    def setup(self) -> None:
        self.folders = [reference_folder()]
        self.loaded = load(self.folders)

    def _run(self) -> object:
        return run_programme(self.loaded.programme)

    def time_load_and_check(self) -> None:
        check(load(self.folders))

    def time_run(self) -> None:
        self._run()

    def peakmem_run(self) -> None:
        self._run()
