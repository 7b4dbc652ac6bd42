// Back-end that accepts claimsmith's internal token, and no other. Start: node server.mjs

import express from 'express'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'

const { CLAIMSMITH_ISSUER: issuer, AUDIENCE: audience, PORT: port, HOST: host = '127.0.0.1' } = process.env
const { CLAIMS_NAMESPACE: namespace = 'https://claims.example.com/' } = process.env
// jose does not check what it is not given.
if (!issuer || !audience || !port) throw new Error('set CLAIMSMITH_ISSUER, AUDIENCE and PORT')

// An unknown key id causes a fetch, but not sooner than the cool-down after the last one: made-up key ids cannot flood
// claimsmith. An age of max-age lets go of a withdrawn key in time.
const keys = createRemoteJWKSet(new URL(issuer.replace(/\/$/, '') + '/.well-known/jwks.json'), {
  cacheMaxAge: 300_000, cooldownDuration: 5_000, timeoutDuration: 3_000
})
const expected = {
  issuer, audience, typ: 'at+jwt', algorithms: ['ES256', 'EdDSA'], clockTolerance: 5,
  requiredClaims: ['exp', 'iat', 'sub']
}
// What says that the keys could not be had: the token may well be good.
const KEYS_MISSING = ['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC']
const noKeys = error => !(error instanceof errors.JOSEError) || KEYS_MISSING.includes(error.code)

async function verified(req, res, next) {
  const tokens = req.headersDistinct['x-auth-token'] ?? []
  try {
    // Two may mean that a caller slipped in one of its own beside the gateway's.
    if (tokens.length !== 1) throw new errors.JWTInvalid('one token, please')
    req.claims = (await jwtVerify(tokens[0], keys, expected)).payload
  } catch (error) {
    if (noKeys(error)) return res.sendStatus(503)
    // Why is nothing for the caller.
    return res.set('WWW-Authenticate', 'Bearer error="invalid_token"').sendStatus(401)
  }
  next()
}

// In a text, `includes` would find parts of words.
const listed = (claims, name) => Array.isArray(claims[namespace + name]) ? claims[namespace + name] : []
const needs = permission => (req, res, next) =>
  listed(req.claims, 'permissions').includes(permission) ? next() : res.sendStatus(403)

const app = express().disable('x-powered-by').use(verified)

app.get('/me', ({ claims }, res) => {
  const { sub: user, tenant = null, position = null } = claims
  res.json({ user, tenant, roles: listed(claims, 'roles'), position })
})

app.get('/invoices', needs('invoice:read'), ({ claims }, res) => {
  res.json({ tenant: claims.tenant ?? null, invoices: [] })
})

app.listen(port, host, error => {
  if (error) throw error
  console.log(`listening on http://${host}:${port}`)
})
