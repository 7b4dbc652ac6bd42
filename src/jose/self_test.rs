//! Proof at start that verification works in this very process, for every algorithm.
//!
//! A build without its cryptographic back-end, or with one that says yes to everything, must not serve: one constant token
//! of each algorithm has to verify, and must not verify once its message is changed.

use super::algorithm::Algorithm;
use super::compact::split;
use super::ingest::ingest;
use super::jwk::KeyRules;
use super::key_set::Keys;

/// Verification of this algorithm does not work here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signatures of {0} cannot be verified by this build")]
pub struct SelfTestFailed(pub Algorithm);

/// Verifies one constant token of each algorithm.
pub fn self_test() -> Result<(), SelfTestFailed> {
    let rules = KeyRules { algorithms: &Algorithm::EVERY, require_issuer: false };
    let keys = ingest(JWKS.as_bytes(), &rules).map(|ingested| ingested.keys).unwrap_or_default();
    Algorithm::EVERY.into_iter().try_for_each(|algorithm| test(algorithm, &keys).ok_or(SelfTestFailed(algorithm)))
}

fn test(algorithm: Algorithm, keys: &Keys) -> Option<()> {
    let (_, kid, token) = TOKENS.iter().find(|(made_with, ..)| *made_with == algorithm)?;
    let key = keys.find(Some(kid), algorithm).ok()?;
    let token = split(token).ok()?;
    let (_, changed) = token.signing_input().split_last()?;
    let verify = |message| key.verify(algorithm, message, token.signature());
    (verify(token.signing_input()) && !verify(changed)).then_some(())
}

/// The public keys. The private ones were thrown away when the tokens had been made.
const JWKS: &str = "\
    {\"keys\":[{\"kty\":\"RSA\",\"kid\":\"rsa\",\"n\":\"8FNfiZc8uVkFrrxRlcq7OcKh-Pjvx9EVGHow3XZjFfrCXrfsEwSeEeJWNM\
    -uSnQe5QTM5zvIIktdhfBNpiX8ZAEsthNLWhf1_ObfKiKBeKU4qwYgcoD8uhiWOMInA19Zt2xWwslPX0B1WubgRpwJLrLhIYIGB_Q8xXGZIrY8\
    geqPWn7UPiTTypYFnFuu9halRQoSipIEQxOzopbnpi3vVA0SuQxbkTZuTdUZWMeChaRDZIRkWfd9kHP_lkvx07Rdv-kwJZbM2Mdi8_GTbFnVQw\
    WUh6dfXfS6UdY6ja4q_2wADaS93GMX5Ds5gUgW1cKuN68CwEtS61PJuHAa_lnHkQ\",\"e\":\"AQAB\"},{\"kty\":\"EC\",\"kid\":\"p\
    256\",\"crv\":\"P-256\",\"x\":\"GxeZuKwQeWxqYyhj2D3e4EPiBRhhUgKlVvCQ69MbR1k\",\"y\":\"IATeQ1Pc25iW9axHn7Pk596K\
    BrP-CjK3lXm3TqSFjYY\"},{\"kty\":\"EC\",\"kid\":\"p384\",\"crv\":\"P-384\",\"x\":\"CoLSF7cBIeQdVhRuqXRkNgVn7sUo\
    oeWNRFukaYJ23TThOJCA7mSeJCuOprCRiTUO\",\"y\":\"vsvCtx7V5TTeaYmR_XsZtRB9-O6pYMZYsbI0q2sN5gBVGG7exXv9rSxU0dL8RvE\
    5\"},{\"kty\":\"OKP\",\"kid\":\"ed25519\",\"crv\":\"Ed25519\",\"x\":\"tqLc3ZC0rlDdpyqAPUqxELswNx2JJyH7fFE5X69i\
    c70\"}]}";

const TOKENS: [(Algorithm, &str, &str); 9] = [
    (
        Algorithm::RS256,
        "rsa",
        "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSJ9.eyJzdWIiOiJzZWxmLXRlc3QifQ.Ut2UvMPRzhtPHDQE06nGjpIBinOeC4-9LLgLMXtI0akf\
         39GHSVZ5W4TFYVOIjC3zs0xXwRdB3oYYdSK0GzGbEyZXJBHO3Gp6tOfRHgiwRdZEHoyI50SGiIRSCuSlgBIhGksvQWNbDctBxSy7YYpQFLzH\
         OWYYR8CI9zynf6IgsDhA4e6h9OBZ0l9FIsLsdBRoEGw8LsRh12JmtigDLqRjkSBBfpZAsb4RVC3MlvaMvzlaV9WAct1_vFTaYAGV4-bsWw5W\
         3weD4Qo-Y5e-M_eEizxXDr6mcDyIVkFqsH-4m1pDPCLOM_X5d5AJLUF0H1WLO5QK82YPymkhBJdZ_u0mow",
    ),
    (
        Algorithm::RS384,
        "rsa",
        "eyJhbGciOiJSUzM4NCIsImtpZCI6InJzYSJ9.eyJzdWIiOiJzZWxmLXRlc3QifQ.pjt3MjzqfZkpYIokqWRJ5qfLQnWvnTr0WY2aD9P9Q0gg\
         ef0LlL5njGeis8JNzc7tu8XRWLsa-BDeXy73aGIm3hVP4p4mMr-EGic-isYxMiP4hbx9G9a7NbZB-9RDskpbP8UsF8_XbxQuoAczyo2JK-dh\
         TAery1bR8yWQ5GGyCdSps3LJRJoT9PQTqehC6ygDYZjdcWJNYivZPUoUX6GRWuSAyl7DrogeAHcmwDxeI8ZxEbLABC1rR_ce_sYGg0C6D2Xf\
         rMyOH0kQdUapOLn96fgbdaWWu01GRGOmrwgJNqbLUePUtG-NWXayIMjeg_4qW8W5b5FEqYw3meQ7PFnNJg",
    ),
    (
        Algorithm::RS512,
        "rsa",
        "eyJhbGciOiJSUzUxMiIsImtpZCI6InJzYSJ9.eyJzdWIiOiJzZWxmLXRlc3QifQ.s2tlx7UswwO3AO8DhX-FZyDpdh96lNCBTsuoNxflgRsN\
         f_Cm6v2gWTKCgIkmXirmYywaXBZF2w1PFPZf49QbZJCefNCyM5XSB0TJ2AWBu7LXoxbYacR5M7dD99Ilrp4BkZE4UAhCfAsXWVz2bSU6xNGD\
         6LsJotPIHyQoCqPno7q2CEOUXiZsd0zJE6ePt1Ex5On4HWh6ZwZsgPqh5hiS0gTONa5pq7Rpxp5LkYn2IJ25C3OA6HUVHM3UMzbVUiROFr-y\
         -SIIiTEzxT35KkMBj2-1w3KB5-J9DpAhQAKzCGgdXNpoQBfva5xkGySWn7Fya2kPecBWdIkLH15wOjw3Sg",
    ),
    (
        Algorithm::PS256,
        "rsa",
        "eyJhbGciOiJQUzI1NiIsImtpZCI6InJzYSJ9.eyJzdWIiOiJzZWxmLXRlc3QifQ.r5hmYqjZK5KKO97SKQibVVDm1JI2yfAyyyPb9t_wJFSQ\
         b9Fgi3Qeo923UAiNn1JIqDIlN8sdFciiJnFhvhLbPa1D2C5kNhw8z0WiGvYtNoy6ODD1Sm7KX68DizPoANPHbgr4L3F77gKyakUz6LFmXkdl\
         RFwdVE9n73L04st2l0FEAKMxOcJOmRIO9d2SbHAk2ZJZqwQkH3pDpAq8krHBV2ph26ffMzl4MXzldorYrDmOSI_H6X9WqbnQeoWkM0JAtEkY\
         xUIGLsP4eOluC0jU04sv6YHLCTcSBhnzCuW3Pd05zRLVZAbSUbRBrweeD4LxQDN-XSNCvuWW38jDiWbGGw",
    ),
    (
        Algorithm::PS384,
        "rsa",
        "eyJhbGciOiJQUzM4NCIsImtpZCI6InJzYSJ9.eyJzdWIiOiJzZWxmLXRlc3QifQ.3YsozyQMfkCY-Jt8NNJRVGE1F8W6Rc-JbqH8u3C_KoYv\
         SSVbOlQ29VwoCmWXvCJzBUEokH4wKRu0N3R72ezzWcayvw2ZjbYiVuGN2VJZFRUoi9SG42OeLhLcbMlFyyR7SbHQd5Eku5pLydVj7o21mmfu\
         45rJiZmOQVxhpl8J9GCE86YJ5OyTTpy6nwMaX1qhrU-geHlCHVJpOvb5RkGXUwCK4ArzqZWq53d7x4USyAFGP_cvZ9zqRK1TjAFFmlZwVmM-\
         fiogrEQJvJb4R1t8ZhZypbB1wOZQHEjyzThXfuQ52C4PlOXcDmAjjS7Rx5VuEfhr1Mm4XtMOY2Rv_WLEQg",
    ),
    (
        Algorithm::PS512,
        "rsa",
        "eyJhbGciOiJQUzUxMiIsImtpZCI6InJzYSJ9.eyJzdWIiOiJzZWxmLXRlc3QifQ.7cJMSKaDeztVNmmr_81KL36lXezk91CI_FOSj0EIjuuI\
         Sk7K61MrMdEw2Rx8837U3pNWFAgcfKTl9BVq5p5-JGhJW0c1eyCpn1YfU_MfwC5HjLuFVLg-i7oNsEDa-0IbeXfrAr_khM2tnBbFRiZNFhXm\
         P_eoHKOOx5gGRMrb3Mswb1r48u9mXJv2mFCXuI49jJZSJmaCC_KGUvSjByGoNQqGav5oyLdNpyVlmRqiYaVyMmUFzI3nzka1K4UlJgdaa7lT\
         4T5f8nnk_HdUFynZSrX50vlZSDCpJyhInwJn4QgG9AqVeFX7K9AHeEUR_utY9_ySGw5XCBZPS-zt6PxShA",
    ),
    (
        Algorithm::ES256,
        "p256",
        "eyJhbGciOiJFUzI1NiIsImtpZCI6InAyNTYifQ.eyJzdWIiOiJzZWxmLXRlc3QifQ.d-viMlOWKFqy7npK5UjyjnGiNvGDSpbOkc43fcPuii\
         YCyyO3sUA48MBNkUWG_3y1Is7fG7mVAovHE4bR2KfjlA",
    ),
    (
        Algorithm::ES384,
        "p384",
        "eyJhbGciOiJFUzM4NCIsImtpZCI6InAzODQifQ.eyJzdWIiOiJzZWxmLXRlc3QifQ.tLPH7jBDJB_y9Pv5c3shUc-9SDcbXeE_pol5-Bt936\
         rMg0qGMXgJ9cP5Zj8te98-elSKtKUquS5fQejmw266A3wFJGoW6PnruX0gqs50Zl1fgle85GlkTJweO87ictFs",
    ),
    (
        Algorithm::EdDSA,
        "ed25519",
        "eyJhbGciOiJFZERTQSIsImtpZCI6ImVkMjU1MTkifQ.eyJzdWIiOiJzZWxmLXRlc3QifQ.fpqz2up6UOhGDbq9W0DRWOyvuq5oTTG8pJwHBl\
         PUEemOpEd9eCU-yASiYX0UBxFZ3wMlfoUF7P5BvdUKchD9Bw",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_passes() {
        assert_eq!(self_test(), Ok(()));
    }

    #[test]
    fn an_algorithm_whose_key_does_not_fit_fails() {
        let rules = KeyRules { algorithms: &[Algorithm::ES256], require_issuer: false };
        let keys = ingest(JWKS.as_bytes(), &rules).unwrap().keys;
        assert_eq!(test(Algorithm::ES256, &keys), Some(()));
        assert_eq!(test(Algorithm::RS256, &keys), None);
    }
}
