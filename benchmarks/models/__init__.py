"""How the files in ``hemiscan/models`` that are derived from Google's were made."""
