"""The kiosk: registers a patient in under a minute and hands over a printed ticket."""
