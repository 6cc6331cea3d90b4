"""Patient, acoustic front end, arm plant and the Gymnasium environment. No ROS."""
