"""The database: queries with their SQL in sight, migrations, the token cipher."""
