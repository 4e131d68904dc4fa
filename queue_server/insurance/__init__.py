"""The look-up of health insurance cards at the portal of Vietnam Social Security. Off by default.

port      what is asked and answered, as values; what an adapter has to do
meanings  what each result code of the portal means, pure
account   the named person who looks up, and the portal's password: a file of their own
portal    adapter: the portal over HTTP
runner    when who is looked up, in the background: never in the way of a registration

INSURANCE.md beside this file tells a hospital how to switch it on.
"""
