//! What a spaCy pipeline finds in a text, as spaCy finds it.
