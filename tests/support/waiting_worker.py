"""The counting worker with a thread that waits for ever, as one does whose question to a broker gets no answer."""

import threading

from support.counting import Counting
from talaia.stream.settings import WorkerSettings
from talaia.stream.worker import run_worker

if __name__ == "__main__":
    threading.Thread(target=threading.Event().wait).start()
    run_worker(Counting(), WorkerSettings())
