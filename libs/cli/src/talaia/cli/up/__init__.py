"""All of Talaia on this machine: a broker, and the processes of its services under a supervisor."""
