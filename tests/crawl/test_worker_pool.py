"""The processes that read pages."""

from __future__ import annotations

import os
import subprocess
import sys

from ldn_directory.crawl.worker_pool import cpu_count

OPENED = """
import os, threading
from ldn_directory.crawl.worker_pool import WorkerPool
threads = []
os.register_at_fork(before=lambda: threads.append(threading.active_count()))
pool = WorkerPool(3)
pool.start()
print(threads, len({process for worker in pool.workers for process in worker._processes}))
pool.close()
"""


def test_every_worker_is_forked_while_the_process_has_one_thread_only():
    done = subprocess.run([sys.executable, "-c", OPENED], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[1, 1, 1] 3", done.stderr


def test_there_are_no_more_workers_than_processors_that_may_be_used():
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert cpu_count() == 1
    finally:
        os.sched_setaffinity(0, before)


KILLED = """
import os, signal, time
from ldn_directory.crawl.worker_pool import WorkerPool
os.register_at_fork(after_in_child=lambda: time.sleep(0.5))
WorkerPool(1).start()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_worker_ends_though_its_crawl_was_killed_before_it_had_begun():
    # This returns when the worker, too, has closed its output.
    assert subprocess.run([sys.executable, "-c", KILLED], capture_output=True, timeout=20).returncode == -9
