"""Training of the perception model: simulated images, network, losses, export and the model's card."""
