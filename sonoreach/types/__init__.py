"""Value types that travel between the rooms: plain data with units, no behaviour of any room."""
