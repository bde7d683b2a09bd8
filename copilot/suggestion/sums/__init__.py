"""What the rule comes to in this case: amounts, percentages, due days."""
