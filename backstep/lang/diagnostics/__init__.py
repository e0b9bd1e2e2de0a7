"""Why a text cannot be read, or was probably meant otherwise, and the fixes that are offered."""
