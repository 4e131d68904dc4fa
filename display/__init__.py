"""The screens: hall boards that call the number, and the console of the staff."""
