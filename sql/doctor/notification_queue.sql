-- How much of the queue of notifications is in use, from 0 to 1. It is one queue for the whole server.
SELECT pg_notification_queue_usage() AS used
