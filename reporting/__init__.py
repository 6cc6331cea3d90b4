"""DICOM, structured reports, PDF, pictures and archives: no robot and no ROS."""
