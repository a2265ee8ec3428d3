"""Life on HTTP: app factory, problem answers, roles, limits, live events, paging."""
