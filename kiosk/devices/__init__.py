"""The machines around a kiosk: printer, scanner, terminal. Each module talks to one of them."""
