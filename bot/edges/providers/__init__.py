"""Code hosts, each behind the ports: GitHub."""
