"""The shipped sample clients and recorded conversations, and their replay."""
