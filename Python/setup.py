"""Builds the native library into the package: what pyproject.toml cannot say."""

import os
from pathlib import Path
import shutil
import subprocess

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.dist import Distribution

CHECKOUT = Path(__file__).resolve().parent.parent


class BuildNative(build_py):
    """Copies the library, the Swift runtime it needs, scenes and tasks into calvin_eval/native."""

    def run(self):
        super().run()
        if self.editable_mode:
            return
        library = built_library()
        native = Path(self.build_lib) / "calvin_eval" / "native"
        shutil.rmtree(native, ignore_errors=True)
        native.mkdir(parents=True)
        for path in [library, *swift_runtime(library)]:
            shutil.copy2(path, native)
        for folder in ("Scenes", "Tasks"):
            shutil.copytree(CHECKOUT / folder, native / folder)


def built_library():
    """The library named by CALVIN_EVAL_LIBRARY, else the checkout's, built anew where it is old."""
    named = os.environ.get("CALVIN_EVAL_LIBRARY")
    if named:
        return Path(named)
    subprocess.run([CHECKOUT / "scripts" / "build-library.sh"], check=True)
    return CHECKOUT / ".build" / "release" / "libCalvinEval.so"


def swift_runtime(library):
    """Libraries of the toolchain that are loaded with it; others are the system's."""
    listed = subprocess.run(["ldd", library], check=True, capture_output=True, text=True).stdout
    places = (line.partition("=>")[2].split() for line in listed.splitlines())
    paths = [Path(place[0]) for place in places if place and place[0].startswith("/")]
    return [path for path in paths if path.parent.parts[-2:] == ("swift", "linux")]


class BinaryDistribution(Distribution):
    """A wheel for this platform only."""

    def has_ext_modules(self):
        return True


setup(cmdclass={"build_py": BuildNative}, distclass=BinaryDistribution)
