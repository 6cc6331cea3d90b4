"""Images to planes, quality, structures and measurements: no robot and no ROS."""
