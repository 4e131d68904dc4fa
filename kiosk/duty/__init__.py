"""What a kiosk does besides its patients' ways: an emergency, its attendants, and the hours it serves.

It lies over the journey: what it takes never reaches the patient's page below, which is kept for a while and
then forgotten. `values` and `steps` are pure; `desk` carries out what they ask for.
"""
