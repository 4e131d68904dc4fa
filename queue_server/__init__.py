"""The queue server: sends each patient where they will be seen soonest, and loses nobody."""
