"""A second, slow and literal reading of the alarm core: what the table and the decisions say, without the service's code."""
