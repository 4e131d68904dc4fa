"""A patient's way through the kiosk as a value: what happened in, what to show and to do out. Pure.

values     stages, happenings, effects
catalogue  what the facility offers
walk       one step of the way
"""
