"""Where a facility's journal, answers, projections and patients are kept. SQL stays in this room."""
