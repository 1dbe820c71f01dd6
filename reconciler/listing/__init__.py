"""What `get` lists: the things, a row each, as table, JSON or YAML. Hides patient data, unless asked."""
