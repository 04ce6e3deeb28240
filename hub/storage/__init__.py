"""The database: tables, migrations and queries by purpose."""
