"""An optional second opinion: a model reads answers as a customer would, held against human marks."""
