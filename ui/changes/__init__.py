"""What Changes shows: charts, and the one table of events."""
