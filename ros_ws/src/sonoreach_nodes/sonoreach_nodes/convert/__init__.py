"""Messages of sonoreach_msgs to the value types of `sonoreach.types`, and back.

Each module holds `NAME_to_msg(value)` and `NAME_from_msg(msg)` for its types. The second direction is a door:
it raises `InputError` when a message's sizes or numbers make no sense.
"""
