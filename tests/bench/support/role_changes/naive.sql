-- What is usually written first: a notification for every row.
CREATE FUNCTION app.notify_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('naive', concat_ws(' ', TG_OP, coalesce(NEW.tenant_id, OLD.tenant_id), coalesce(NEW.user_id, OLD.user_id)));
  RETURN NULL;
END $$;

CREATE TRIGGER notify_row AFTER INSERT OR UPDATE OR DELETE ON app.memberships
  FOR EACH ROW EXECUTE FUNCTION app.notify_row();
