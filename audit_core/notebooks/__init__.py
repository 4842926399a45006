"""Notebooks: an investigation as cells, kept in versions, asked again or frozen, exported with proof."""
