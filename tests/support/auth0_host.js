// What an Action finds around itself at Auth0: the parts of Node.js and of the `api` object that it may rely on.
// Evaluates to a function that runs one Action. `native` comes from auth0.rs and does the real waiting and talking.
(() => {
  const RESTRICTED = new Set(
    `acr act active amr at_hash ath attest aud auth_time authorization_details azp c_hash client_id cnf cty dest
     entitlements events exp groups gty htm htu iat internalService iss jcard jku jti jwe jwk kid may_act mky nbf nonce
     object_id org_id org_name orig origid permissions roles rph s_hash sid sub sub_jwk toe txn typ uuid vot vtm
     x5t#S256`
      .split(/\s+/),
  );
  const DENY_CODES = ["invalid_scope", "invalid_request", "server_error"];

  const failure = (name, message, cause) => Object.assign(new Error(message, { cause }), { name });

  /** As Node.js reports it: a TimeoutError for an elapsed signal, a TypeError with a cause for the network. */
  function settled(outcome) {
    if (outcome.timedOut) throw failure("TimeoutError", "The operation was aborted due to timeout");
    if (outcome.failed) throw new TypeError("fetch failed", { cause: { code: outcome.failed } });
    return outcome;
  }

  /** The milliseconds that a signal still allows. Only signals of AbortSignal.timeout exist here. */
  const remaining = (signal) => (signal ? Math.max(0, signal.deadline - Date.now()) : undefined);

  function responseOf(native, head, signal) {
    const headers = new Map(head.headers);
    const text = async () => settled(JSON.parse(await native.body(head.id, remaining(signal)))).text;
    return Object.freeze({
      status: head.status,
      ok: head.status >= 200 && head.status < 300,
      headers: { get: (name) => headers.get(name.toLowerCase()) ?? null },
      text,
      json: async () => JSON.parse(await text()),
    });
  }

  function nodeGlobals(native, lines) {
    const shown = (word) => (typeof word === "string" ? word : JSON.stringify(word));
    const say = (...words) => void lines.push(words.map(shown).join(" "));
    return {
      console: { log: say, info: say, warn: say, error: say },
      AbortSignal: { timeout: (milliseconds) => Object.freeze({ deadline: Date.now() + milliseconds }) },
      setTimeout: (callback, milliseconds) => void native.sleep(milliseconds ?? 0).then(callback),
      fetch: async (url, { method = "GET", headers = {}, body, redirect = "follow", signal } = {}) => {
        const request = JSON.stringify({ url: String(url), method, headers: Object.entries(headers), body, redirect });
        const head = settled(JSON.parse(await native.request(request, remaining(signal))));
        return responseOf(native, head, signal);
      },
    };
  }

  /** Auth0 drops a claim with a reserved name without a word. */
  function claimSetter(outcome, token, api) {
    return (name, value) => {
      if (typeof name !== "string" || name === "") throw new TypeError("a claim name must be a string");
      if (JSON.stringify(value) === undefined) throw new TypeError("a claim value must be JSON");
      const dropped = RESTRICTED.has(name) || name.startsWith("sip_");
      outcome.calls.push({ call: `${token}.setCustomClaim`, name, value, dropped });
      if (!dropped) outcome[token === "idToken" ? "id_token_claims" : "access_token_claims"][name] = value;
      return api();
    };
  }

  function deny(outcome, code, reason) {
    if (typeof reason !== "string" || reason === "") throw new TypeError("a reason must be a string");
    outcome.calls.push({ call: "access.deny", code, reason });
    outcome.denied ??= { code, reason };
  }

  /** Members that the trigger does not have are absent, so that using them throws as it does at Auth0. */
  const APIS = {
    onExecutePostLogin: (outcome) => {
      const api = {
        access: { deny: (reason) => (deny(outcome, null, reason), api) },
        accessToken: { setCustomClaim: claimSetter(outcome, "accessToken", () => api) },
        idToken: { setCustomClaim: claimSetter(outcome, "idToken", () => api) },
      };
      return api;
    },
    onExecuteCredentialsExchange: (outcome) => {
      const refuse = (code, reason) => {
        if (!DENY_CODES.includes(code)) throw new TypeError(`deny: ${code} is not one of ${DENY_CODES}`);
        deny(outcome, code, reason);
        return api;
      };
      const api = {
        access: { deny: refuse },
        accessToken: { setCustomClaim: claimSetter(outcome, "accessToken", () => api) },
      };
      return api;
    },
  };

  return async (native, source, event) => {
    const claims = { access_token_claims: {}, id_token_claims: {} };
    const outcome = { ...claims, denied: null, calls: [], console: [], thrown: null };
    Object.assign(globalThis, nodeGlobals(native, outcome.console));
    const exports = {};
    const require = (name) => {
      throw new Error(`Cannot find module '${name}'`);
    };
    try {
      new Function("exports", "require", source)(exports, require);
      const trigger = Object.keys(exports).find((name) => name in APIS);
      await exports[trigger](JSON.parse(event), APIS[trigger](outcome));
    } catch (error) {
      outcome.thrown = String(error);
    }
    return JSON.stringify(outcome);
  };
})()
