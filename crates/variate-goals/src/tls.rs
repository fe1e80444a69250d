//! Encrypted connections to Postgres. This file stands in variate-goals and in variate-warehouse alike, as does `address.rs`; a
//! test holds them together.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Verifies certificate and host name by the certificates in this file, or by those that the system trusts.
pub(crate) fn connector(root_certificates: Option<&str>) -> Result<MakeRustlsConnect, String> {
    let mut roots = RootCertStore::empty();
    let (trusted, _unreadable) = roots.add_parsable_certificates(match root_certificates {
        Some(path) => of_file(path)?,
        None => of_system()?,
    });
    if trusted == 0 {
        let place = root_certificates.unwrap_or("the system's certificates");
        return Err(format!("there is none in {place}"));
    }
    // Named, since a program may have another provider, or two, of which rustls refuses to choose.
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // Postgres wants it with `sslnegotiation=direct`.
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

fn of_file(path: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| format!("{path}: {error}"))
}

fn of_system() -> Result<Vec<CertificateDer<'static>>, String> {
    let found = rustls_native_certs::load_native_certs();
    match found.errors.into_iter().next() {
        Some(error) if found.certs.is_empty() => Err(error.to_string()),
        _ => Ok(found.certs),
    }
}
