"""`scripts/simulate`: one day of a hospital in simulated time, on the very rules that the queue server runs.

Patients and staff are modelled here, the queue is not: who is called, where somebody is sent and what they
are told comes from `queue_server.engine` through the same value (`queue_server.service.rules.ENGINE`) that
the service uses. `profiles` holds every parameter of the model; README.md says what was measured with it.

    profiles -> hospitals (site), crowds (patients), shifts (staff)      what comes to the day
    day_file                                                             the same from a CSV
    world -> house                                                       the day itself: a heap of happenings
    watch -> figures -> tables, drawing                                  what came of it
    variants, rehearsal                                                  the same day under other rules
"""
