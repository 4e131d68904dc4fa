"""Appointments from a file: a client of the protocol that books what a spreadsheet or a HIS export lists.

table    a file's bytes to bookings, and to what is wrong with each other row. Pure
sending  the bookings to a server, one wish each

Nothing of a row is ever shown but its number: a cell may hold a name wherever columns slipped.
"""
