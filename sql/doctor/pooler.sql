-- Which database on which start of which server: equal on both connections, or they do not lead to the same place.
SELECT current_database()::text || ' ' || pg_postmaster_start_time()::text AS place
