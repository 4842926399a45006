"""What Changes shows: charts, the one table of events, the one pane of an event."""
