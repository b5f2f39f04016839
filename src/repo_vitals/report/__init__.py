"""The report: its model, status rules, fingerprints, user rules and OpenMetrics text. No I/O."""
