"""The nouns: frozen models that pass between steps, and nothing that acts."""
