# SPDX-License-Identifier: Apache-2.0
"""Puts the shared library into the wheel.

It is looked for at $MODELPLANE_LIBRARY, in a build of the source tree that this folder is part of, and
where pkg-config says.  Without one the wheel is pure Python, and opens an installed libmodelplane when
it is imported.  No compiler is needed.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig

from setuptools import setup
from setuptools.command.build_py import build_py
from wheel.bdist_wheel import bdist_wheel

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SUFFIX = "dylib" if sys.platform == "darwin" else "so"


def installed_folder():
    try:
        found = subprocess.run(["pkg-config", "--variable=libdir", "modelplane"], check=True,
                               capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip() or None


def find_library():
    named = os.environ.get("MODELPLANE_LIBRARY")
    if named:
        if not os.path.exists(named):
            sys.exit(f"MODELPLANE_LIBRARY: {named} is not there")
        return named
    folders = [os.path.join(TOP, build, "lib", ".libs") for build in ("build", ".")] + [installed_folder()]
    for folder in folders:
        path = folder and os.path.join(folder, f"libmodelplane.{SUFFIX}")
        if path and os.path.exists(path):
            return os.path.realpath(path)
    return None


LIBRARY = find_library()


def manylinux_tag(path):
    """The oldest glibc that has every symbol the library asks for."""
    with open(path, "rb") as file:
        minors = [int(minor) for minor in re.findall(rb"GLIBC_2\.(\d+)", file.read())]
    return f"manylinux_2_{max(minors + [17])}_{os.uname().machine}"


class BuildWithLibrary(build_py):
    def run(self):
        super().run()
        if LIBRARY:
            shutil.copyfile(LIBRARY, os.path.join(self.build_lib, "modelplane", f"libmodelplane.{SUFFIX}"))


class PlatformWheel(bdist_wheel):
    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = LIBRARY is None

    def get_tag(self):
        if LIBRARY is None:
            return "py3", "none", "any"
        if sys.platform.startswith("linux"):
            return "py3", "none", manylinux_tag(LIBRARY)
        return "py3", "none", re.sub(r"[-.]", "_", sysconfig.get_platform())


setup(cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": PlatformWheel})
