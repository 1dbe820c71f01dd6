"""The service's routes, one file for each resource; each ends with its `ROUTES`."""
