"""What pyproject.toml cannot say: an installed package takes along what people write beside it."""

from __future__ import annotations

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SHIPPED = ("metadata.yml", "data/curated.csv")


class WithWhatPeopleWrite(build_py):
    """Copies the files to `ldn_directory/shipped/`, except for an editable install, which finds them in the project."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for name in SHIPPED:
            target = Path(self.build_lib, "ldn_directory", "shipped", name)
            self.mkpath(str(target.parent))
            self.copy_file(name, str(target))


setup(cmdclass={"build_py": WithWhatPeopleWrite})
