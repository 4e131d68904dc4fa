"""The kiosk's own building blocks: large buttons, a key pad, block letters."""
