"""Who works when. Pure."""
