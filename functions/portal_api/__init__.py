"""What signed-in contacts read and edit."""
