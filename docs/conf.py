"""How `make docs` makes the site from these pages."""

project = "Talaia"
copyright = "the contributors of Talaia, EUPL-1.2"
extensions = ["myst_parser"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "Talaia"
html_show_sphinx = False
html_copy_source = False
exclude_patterns = ["conf.py", "examples/**/node_modules"]
