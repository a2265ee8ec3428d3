"""Life on the bus: batch lane, keyed state, rejects, watchdog, projection, topic administration."""
