-- http-request lua.claimsmith: asks claimsmith about the current request.
--
-- Allowed: the client's identity headers are replaced by those of the answer, the external token is removed, and
-- txn.claimsmith becomes "allow". In every other case, also after an error in this file, the client is answered
-- here and the variable stays unset, so that no back-end is chosen.

local AUTHZ = "http://claimsmith/v1/authz/haproxy"
local VIA = "abns@claimsmith" -- the "listen claimsmith" section: it has the connections and the time-outs
local TIMEOUT_MS = 400 -- the section's own limits come first; this one is for the way there

-- What claimsmith needs of the client's headers. Nothing else is sent to it.
local ASKED = { "authorization", "x-tenant", "x-request-id", "traceparent", "origin", "access-control-request-method" }
-- What the back-end does not need.
local REMOVED = { "authorization", "x-tenant", "x-gateway-key" }
-- What a refused client gets of the answer.
local SHOWN = { "www-authenticate", "x-auth-error", "cache-control", "content-type", "retry-after" }
local REASONS = { [401] = "Unauthorized", [403] = "Forbidden", [503] = "Service Unavailable" }

local key = os.getenv("CLAIMSMITH_GATEWAY_KEY")
if key == nil or not key:match("^[\x21-\x7e]+$") then
  error("CLAIMSMITH_GATEWAY_KEY is not set")
end

-- Lists of values begin with index 0 or 1, depending on who made them.
local function lines(values)
  local found = {}
  for _, value in pairs(values or {}) do
    found[#found + 1] = value
  end
  return found
end

-- Only text that cannot end a header line may become one.
local function is_plain(value)
  return value:match("^[\x20-\x7e]*$") ~= nil
end

local function ask(txn, sent)
  local headers = {
    ["x-gateway-key"] = { key },
    ["x-forwarded-method"] = { txn.sf:method() },
    ["x-forwarded-uri"] = { txn.sf:path() }, -- without the query: it may hold secrets and never names a tenant
    ["x-forwarded-host"] = lines(sent["host"]),
  }
  for _, name in ipairs(ASKED) do
    local values = lines(sent[name])
    if #values > 0 then
      headers[name] = values
    end
  end
  return core.httpclient():get({ url = AUTHZ, dst = VIA, headers = headers, timeout = TIMEOUT_MS })
end

-- The identity headers of the answer, or nil if one is not fit to be sent on.
local function identity(answer)
  local found = {}
  for name, values in pairs(answer.headers or {}) do
    name = name:lower()
    if name:match("^x%-auth%-[a-z0-9-]+$") then
      local all = lines(values)
      if #all ~= 1 or not is_plain(all[1]) then
        return nil
      end
      found[name] = all[1]
    end
  end
  return found
end

local function allow(txn, sent, found)
  for name in pairs(sent) do
    if name:lower():gsub("[_.]", "-"):match("^x%-auth%-") then
      txn.http:req_del_header(name)
    end
  end
  for _, name in ipairs(REMOVED) do
    txn.http:req_del_header(name)
  end
  for name, value in pairs(found) do
    txn.http:req_set_header(name, value)
  end
  txn:set_var("txn.claimsmith", "allow")
end

local function refusal(answer)
  local status = answer and answer.status
  -- HAProxy's own 503 and 504, when claimsmith is down or slow, have no reason.
  if not REASONS[status or 0] or not answer.headers["x-auth-error"] then
    return { status = 503, headers = { ["retry-after"] = { "1" }, ["cache-control"] = { "no-store" } }, body = "" }
  end
  local headers = {}
  for _, name in ipairs(SHOWN) do
    local values = lines((answer.headers or {})[name])
    if #values == 1 and is_plain(values[1]) then
      headers[name] = values
    end
  end
  return { status = status, headers = headers, body = answer.body or "" }
end

-- The answer for the client, or nil if the request may go on.
local function handle(txn)
  local sent = txn.http:req_get_headers()
  local answer = ask(txn, sent)
  if answer.status ~= 200 then
    return refusal(answer)
  end
  local found = identity(answer)
  if not found then
    return refusal(nil)
  end
  allow(txn, sent, found)
  return nil
end

core.register_action("claimsmith", { "http-req" }, function(txn)
  local fine, refused = pcall(handle, txn)
  if not fine then
    core.Alert("claimsmith: " .. tostring(refused))
    refused = refusal(nil)
  end
  if not refused then
    return
  end
  local reply = txn:reply({ status = refused.status, reason = REASONS[refused.status], headers = refused.headers })
  if txn.sf:method() ~= "HEAD" then
    reply:set_body(refused.body)
  end
  txn:done(reply)
end, 0)
