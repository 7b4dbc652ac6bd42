//! The provider's package.

use std::path::Path;

use crate::support::installation::{Installation, Recipe};
use crate::support::npm::{install_packages, node};

static INSTALLATION: Installation = Installation::of(Recipe {
    name: "oidc-provider",
    files: &[
        ("package.json", include_str!("package.json")),
        ("package-lock.json", include_str!("package-lock.json")),
        ("provider.mjs", include_str!("provider.mjs")),
    ],
    runtime: node,
    complete: install_packages,
});

/// Where the provider is; `None`, with a line that says why, where it cannot be.
pub(super) async fn folder() -> Option<&'static Path> {
    INSTALLATION.folder().await
}
