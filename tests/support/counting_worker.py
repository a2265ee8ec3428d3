"""The counting processor as a process: settings from the environment, as a service's worker."""

from support.counting import Counting
from talaia.stream.settings import WorkerSettings
from talaia.stream.worker import run_worker

if __name__ == "__main__":
    run_worker(Counting(), WorkerSettings())
