"""The hall board: which number goes where now, who is next, who missed the call, in block letters."""
