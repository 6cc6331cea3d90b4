"""The simulated arm: rigid-body plant, soft contact, force sensor, and the controller that drives them."""
