"""A tier of tests has a time budget, lint included, and fails past it."""

import time

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("budget")
    group.addoption("--started", type=float, help="when the tier began, seconds since 1970; default: now")
    group.addoption("--budget-s", type=float, help="fail when the tier has taken longer")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.started is None:
        config.option.started = time.time()  # noqa: TID251


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if exitstatus == pytest.ExitCode.OK and _overrun_s(session.config) > 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    over_s = _overrun_s(config)
    if over_s > 0:
        terminalreporter.write_line(
            f"Over budget: this tier took {over_s:.0f} s more than its {config.option.budget_s:.0f} s. Its slowest tests:",
            red=True,
        )


def _overrun_s(config: pytest.Config) -> float:
    """Seconds past the budget; below zero within it or without one."""
    budget_s = config.option.budget_s
    return -1.0 if budget_s is None else time.time() - config.option.started - budget_s  # noqa: TID251
