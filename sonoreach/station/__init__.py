"""Compositions of the rooms: the lock-step station in one process and the start of the ROS graph."""
