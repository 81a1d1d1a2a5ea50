"""A notebook run headless, for `run` beside this file and for the kernel's tests."""
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def make(build):
    """Builds the kernel and the headers of the notebooks in a build folder; build/PRESET is made where it is not there yet."""
    if not (build / "build.ninja").exists():
        subprocess.run(["cmake", "--preset", build.name], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", str(build), "--target", "notebooks"], cwd=ROOT, check=True)


def jupyter_path(build):
    """The environment in which Jupyter finds the kernel of a build folder; nothing is installed."""
    folder = (build / "notebooks/jupyter").resolve()
    if not (folder / "kernels/xcpp20/kernel.json").exists():
        sys.exit(f"{build} has no kernel for notebooks: cmake --preset release && cmake --build build/release --target notebooks")
    return {"JUPYTER_PATH": str(folder), "JUPYTER_PLATFORM_DIRS": "1"}


def execute(notebook, build, seconds=120, stop_at_error=True):
    """Runs all cells, in the project's folder, and fills in their outputs. Throws CellExecutionError at the first cell that fails."""
    from nbconvert.preprocessors import ExecutePreprocessor
    os.environ.update(jupyter_path(build))
    runner = ExecutePreprocessor(timeout=seconds, allow_errors=not stop_at_error, kernel_name="xcpp20", record_timing=False)
    runner.preprocess(notebook, {"metadata": {"path": str(ROOT)}})
    return notebook


def new_notebook(cells):
    import nbformat
    kernel = {"name": "xcpp20", "display_name": "C++20 (Gradus)", "language": "cpp"}
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells], metadata={"kernelspec": kernel})
