"""How the service's own forecasts did: came true, were false, or were missing."""
