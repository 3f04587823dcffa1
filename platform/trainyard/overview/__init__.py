"""What operators see of all organizations and domains together: reads only."""
