// A certified OpenID provider on loopback. It prints its issuer as a line of JSON, then obeys lines on stdin and answers
// each with a line of JSON. It ends with its stdin, so that no test leaves it behind.
//
//   rotate   new keys sign, the old ones stay published
//   retire   what does not sign is published no more
//   replace  new keys sign, no other is published
//   down     every connection is cut before it says anything
//   up       the opposite

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import Provider from 'oidc-provider';

const audience = 'https://api.example.com';
const lifetime = 600;
const kinds = [
  { alg: 'ES256', make: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }) },
  { alg: 'RS256', make: () => generateKeyPairSync('rsa', { modulusLength: 2048 }) },
];

const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

let generation = 0;
let signing = [];
let published = [];
let isDown = false;
let answer;

function newKeys() {
  generation += 1;
  return kinds.map(({ alg, make }) => {
    const jwk = make().privateKey.export({ format: 'jwk' });
    return { ...jwk, alg, use: 'sig', kid: `${alg}-${generation}` };
  });
}

// A provider's keys are fixed when it is made, so each change makes another one of the same issuer.
function publish(keys) {
  published = keys;
  const provider = new Provider(issuer, {
    jwks: { keys: published },
    clients: kinds.map(({ alg }) => ({
      client_id: alg,
      client_secret: 'secret',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    ttl: { ClientCredentials: lifetime },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        // The client's name says how its tokens are signed.
        getResourceServerInfo: (_, resource, client) => ({
          scope: 'read',
          audience: resource,
          accessTokenTTL: lifetime,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: client.clientId, kid: signing.find((key) => key.alg === client.clientId).kid } },
        }),
      },
    },
  });
  answer = provider.callback();
}

const orders = {
  rotate() {
    signing = newKeys();
    publish([...signing, ...published]);
  },
  retire() {
    publish(signing);
  },
  replace() {
    signing = newKeys();
    publish(signing);
  },
  down() {
    isDown = true;
    server.closeAllConnections();
  },
  up() {
    isDown = false;
  },
};

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

orders.replace();
server.on('connection', (socket) => isDown && socket.destroy());
server.on('request', (request, response) => answer(request, response));
say({ issuer });
for await (const order of createInterface({ input: process.stdin })) {
  orders[order]();
  say({ done: order });
}
process.exit();
