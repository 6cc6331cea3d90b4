"""Channel data to images: the physics of sound, no robot and no ROS."""
