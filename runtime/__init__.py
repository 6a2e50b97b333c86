"""What a process needs before it starts: settings, connections, logs, the local stack."""
