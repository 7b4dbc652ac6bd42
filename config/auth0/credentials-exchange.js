/**
 * claimsmith for Auth0, trigger "credentials-exchange": puts a machine's claims in one tenant into its access token.
 *
 * There is no user. The client itself is the subject, spelled as Auth0 spells it in the token. Secrets: see README.md.
 */

exports.onExecuteCredentialsExchange = async (event, api) => {
  const { claims, denied } = await enrich(event, `${event.client?.client_id}@clients`);
  if (denied) {
    api.access.deny(denied.code, denied.reason);
    return;
  }
  for (const [name, value] of Object.entries(claims)) api.accessToken.setCustomClaim(name, value);
};

// ---- shared part: the same in post-login.js and credentials-exchange.js ---------------------------------------------
// Auth0 deploys single files without relative imports, so this part is repeated. Change it in both files.

/** What the person may read for each refusal of the service. Any other answer is no decision, but a failure. */
const REFUSALS = new Map([
  ["not_a_member", "This account is not a member of this organization."],
  ["tenant_suspended", "This organization is suspended."],
  ["issuer_not_trusted_by_tenant", "This organization does not accept this way of signing in."],
  ["client_not_allowed", "This application is not allowed in this organization."],
  ["tenant_unknown", "This organization does not exist."],
  ["user_unknown", "No access has been set up for this account."],
  ["tenant_conflict", "The request names more than one organization."],
  ["tenant_required", "Choose an organization and try again."],
]);
const REFUSAL_STATUSES = [403, 404, 409, 422];
const UNAVAILABLE = "Access cannot be checked at the moment. Try again later.";
const RETRY_PAUSE_MS = 100;

/**
 * Asks claimsmith what `sub` may do. Never throws.
 * Gives {claims, idTokenClaims}, or {denied: {code, reason}} with an OAuth error code.
 */
async function enrich(event, sub) {
  const secrets = event.secrets ?? {};
  let cause;
  try {
    const answer = await ask(secrets, requestFor(event, sub));
    if (answer.status === 200 && isObject(answer.body?.claims) && isObject(answer.body?.id_token_claims)) {
      return { claims: answer.body.claims, idTokenClaims: answer.body.id_token_claims };
    }
    const code = answer.body?.code;
    if (REFUSAL_STATUSES.includes(answer.status) && REFUSALS.has(code)) {
      console.log(`claimsmith refused: ${code}`);
      return { denied: { code: "invalid_request", reason: REFUSALS.get(code) } };
    }
    cause = answer.cause ?? `${answer.status} ${code ?? "without a code"}`;
  } catch (error) {
    cause = error?.name;
  }
  // Only names and codes are logged: the message of an error may quote a header, and with it the key.
  console.log(`claimsmith gave no answer: ${String(cause).slice(0, 100)}`);
  if (secrets.CLAIMSMITH_FAIL_POLICY === "open") return { claims: {}, idTokenClaims: {} };
  return { denied: { code: "server_error", reason: UNAVAILABLE } };
}

/** The body of POST /v1/claims. Members without a value disappear when it becomes JSON. */
function requestFor(event, sub) {
  const hostname = event.request?.hostname;
  const issuer = event.secrets?.CLAIMSMITH_ISSUER || (hostname && `https://${hostname}/`);
  return {
    subject: { issuer, sub },
    tenant: tenantNamedByApplication(event),
    // Facts that Auth0 vouches for. The service decides which of them name a tenant, and refuses if they disagree.
    hints: {
      organization: event.organization?.id,
      client_id: event.client?.client_id,
      connection: event.connection?.name,
      audience: event.resource_server?.identifier,
      host: event.custom_domain?.domain,
    },
  };
}

/**
 * Anybody can write this parameter into a URL. That is harmless: the service checks the membership on every answer,
 * so it can only choose among the user's own tenants. A refresh has no query; there it may come in the body.
 */
function tenantNamedByApplication(event) {
  const parameter = event.secrets?.CLAIMSMITH_TENANT_FROM_QUERY;
  if (!parameter) return undefined;
  const value = event.request?.query?.[parameter] ?? event.request?.body?.[parameter];
  return value ? String(value) : undefined;
}

/** Asks; and again with the default tenant, if the service finds that nothing else names one. */
async function ask(secrets, request) {
  if (!secrets.CLAIMSMITH_URL || !secrets.CLAIMSMITH_KEY) return { cause: "CLAIMSMITH_URL or _KEY is not set" };
  const timeout = Math.min(8000, Math.max(100, Number(secrets.CLAIMSMITH_TIMEOUT_MS) || 1500));
  const deadline = Date.now() + timeout;
  const answer = await askTwice(secrets, request, deadline);
  const tenant = secrets.CLAIMSMITH_DEFAULT_TENANT;
  if (!tenant || request.tenant || answer.body?.code !== "tenant_required") return answer;
  return askTwice(secrets, { ...request, tenant }, deadline);
}

/** One more attempt after 503 or a network error, when the time allows. */
async function askTwice(secrets, request, deadline) {
  const first = await post(secrets, request, deadline);
  const pause = Math.max(RETRY_PAUSE_MS, first.retryAfterMs ?? 0);
  if (!first.transient || deadline - Date.now() < 2 * pause) return first;
  await new Promise((resolve) => setTimeout(resolve, pause));
  return post(secrets, request, deadline);
}

/** One attempt: {status, body}, or {cause} where there was no response. After a `transient` one another may succeed. */
async function post(secrets, request, deadline) {
  try {
    const response = await fetch(`${secrets.CLAIMSMITH_URL.replace(/\/+$/, "")}/v1/claims`, {
      method: "POST",
      headers: { authorization: `Bearer ${secrets.CLAIMSMITH_KEY}`, "content-type": "application/json" },
      body: JSON.stringify(request),
      redirect: "error",
      signal: AbortSignal.timeout(Math.max(1, deadline - Date.now())),
    });
    const { status } = response;
    const retryAfterMs = 1000 * Number(response.headers.get("retry-after")) || 0;
    if (status === 503) return { status, transient: true, retryAfterMs, body: await response.json().catch(() => null) };
    return { status, body: await response.json() };
  } catch (error) {
    return { cause: error?.cause?.code ?? error?.name, transient: error?.name === "TypeError" };
  }
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
// ---- end of the shared part -----------------------------------------------------------------------------------------
