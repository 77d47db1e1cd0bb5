//! Who may vouch for a smarthost's certificate, when a site has authorities of its own.

use std::sync::Arc;

use thiserror::Error;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The certificate of one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority(CertificateDer<'static>);

/// Why a text names no authorities.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AuthorityError {
    /// It holds no certificate.
    #[error("no certificate")]
    None,
    /// One of them is none.
    #[error("a certificate that cannot be read: {0}")]
    Unreadable(String),
}

/// All certificates of a text in PEM; what stands between them counts for nothing (RFC 7468 §2).
pub fn authorities(pem: &[u8]) -> Result<Vec<Authority>, AuthorityError> {
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| AuthorityError::Unreadable(error.to_string()))?;
        found.push(Authority(certificate));
    }
    if found.is_empty() {
        return Err(AuthorityError::None);
    }
    roots(&found)?;
    Ok(found)
}

/// Believes a certificate for which one of these vouches, and no other.
pub fn connector(authorities: &[Authority]) -> Result<TlsConnector, AuthorityError> {
    let config = ClientConfig::builder().with_root_certificates(roots(authorities)?).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn roots(authorities: &[Authority]) -> Result<RootCertStore, AuthorityError> {
    let mut roots = RootCertStore::empty();
    for Authority(certificate) in authorities {
        roots.add(certificate.clone()).map_err(|error| AuthorityError::Unreadable(error.to_string()))?;
    }
    Ok(roots)
}
