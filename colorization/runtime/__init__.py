"""What everything stands on: files, logs, progress, devices."""
