"""What `get` lists: the things, a row each, as table, JSON or YAML. Hides what is patient data, if unasked."""
