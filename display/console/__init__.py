"""The staff console: one clinic, one key per action, the name of the one in hand."""
