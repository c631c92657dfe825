"""Show a person: workbooks, pages and charts from results."""
