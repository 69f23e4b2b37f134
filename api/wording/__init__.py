"""Figures and facts in English, for the pages, the charts and the command line."""
