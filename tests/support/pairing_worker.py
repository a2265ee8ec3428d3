"""The processor with two inputs as a process."""

from support.pairing import Pairing
from talaia.stream.settings import WorkerSettings
from talaia.stream.worker import run_worker

if __name__ == "__main__":
    run_worker(Pairing(), WorkerSettings())
