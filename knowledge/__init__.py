"""A client's folder in; versioned articles, passages, limits, precedents and hybrid search out."""
