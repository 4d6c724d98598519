"""Between a learning management system and the course: its archive of submissions in, its file of grades out."""
