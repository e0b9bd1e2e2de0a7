"""Characters to tokens to lines to a syntax tree. No names are looked up, no shapes computed."""
