"""The page on results: what it is given of the episodes, its template, and the assets that it is made of."""
