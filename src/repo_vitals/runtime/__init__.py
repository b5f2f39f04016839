"""Running a command: stages in order, outputs, summary, annotations, exit codes."""
