"""Time-domain passivity at one end of a link: energy may leave the link only after it came in at the other end.

Each end counts what it puts in and what it takes out. The counter of the other end's input arrives late, never
early, so that keeping `out ≤ arrived` keeps the link passive under any delay, jitter and loss
(Ryu, Artigas, Preusche, Mechatronics 20(7), 2010). A small reserve bridges the round trip, so that the force at a hand
that rests does not flutter; the link is passive but for the two reserves.
"""

from __future__ import annotations

RESERVE_J = 0.03


class PassivityPort:
    """Observer and controller of one end.

    Args:
        reserve_j: energy lent for the time of a round trip [J].

    Attributes:
        put_in_j: energy put into the link here so far [J]; to be sent along.
        taken_out_j: energy taken out of the link here so far [J].
        arrived_j: the other end's input, as far as it is known here [J].
        lowest_j: smallest value that the observer `arrived_j - taken_out_j` has had [J].
    """

    def __init__(self, reserve_j: float = RESERVE_J) -> None:
        self.reserve_j = reserve_j
        self.put_in_j = self.taken_out_j = self.arrived_j = self.lowest_j = 0.0

    @property
    def observer_j(self) -> float:
        """Energy still in the link for this end [J]; never below minus the reserve."""
        return self.arrived_j - self.taken_out_j

    def arrive(self, energy_j: float) -> None:
        """Take note of the other end's counter; an older one than known is ignored."""
        self.arrived_j = max(self.arrived_j, energy_j)

    def pass_through(self, energy_j: float) -> float:
        """Account for one step.

        Args:
            energy_j: energy that would leave the link here in this step [J]; negative when it goes in.

        Returns:
            share of it that is allowed, 0 to 1; scale force or speed by it.
        """
        if energy_j <= 0.0:
            self.put_in_j -= energy_j
            return 1.0
        share = min(1.0, max(0.0, (self.observer_j + self.reserve_j) / energy_j))
        self.taken_out_j += share * energy_j
        self.lowest_j = min(self.lowest_j, self.observer_j)
        return share
