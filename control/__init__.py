"""Targets and forces to joint torques: mechanics, no images and no ROS."""
