"""What to do next: protocols, steering, the exam's logic. No ROS."""
