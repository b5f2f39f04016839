"""How a community is answered: response, resolution, backlog and contributors."""
