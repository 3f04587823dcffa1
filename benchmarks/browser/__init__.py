"""The dashboard measured in a browser, before a platform with many jobs, many metrics and many points."""
