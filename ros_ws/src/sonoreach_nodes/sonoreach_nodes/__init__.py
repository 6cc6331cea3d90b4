"""The nodes of the station, one a file: convert a message, call a room, publish what comes back."""
