"""Loads both pictures and the actions of a split's frames with numpy, for comparison with
`calvin-eval bench data`.

    python numpy_loading.py SPLIT [FRAMES] [PROCESSES]
"""

import glob
import multiprocessing
import sys
import time

import numpy as np


def load(file):
    with np.load(file) as frame:
        return sum(frame[key].nbytes for key in ["rgb_static", "rgb_gripper", "actions", "rel_actions"])


if __name__ == "__main__":
    files = sorted(glob.glob(sys.argv[1] + "/*.npz"))
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    processes = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    frames = [files[index % len(files)] for index in range(count)]
    for file in files[:64]:
        load(file)
    with multiprocessing.Pool(processes) as pool:
        started, busy = time.perf_counter(), time.process_time()
        if processes == 1:
            for file in frames:
                load(file)
        else:
            pool.map(load, frames, chunksize=32)
        seconds = time.perf_counter() - started
    print(f"numpy {np.__version__}, {processes} processes: {count / seconds:.0f} frames/s")
    if processes == 1:
        print(f"processor_ms_per_frame {(time.process_time() - busy) * 1000 / count:.3f}")
