use postgres::{Client, Config, NoTls};

use crate::address::Address;
use crate::error::WarehouseError;

/// How a server is reached.
pub(crate) struct Connection {
    config: Config,
    #[cfg(feature = "tls")]
    tls: Option<tokio_postgres_rustls::MakeRustlsConnect>,
}

impl Connection {
    pub(crate) fn new(url: &str) -> Result<Self, WarehouseError> {
        let Address {
            config,
            is_encrypted,
            root_certificates,
        } = Address::parse(url).map_err(WarehouseError::Address)?;
        #[cfg(feature = "tls")]
        let tls = is_encrypted
            .then(|| crate::tls::connector(root_certificates.as_deref()))
            .transpose()
            .map_err(WarehouseError::Certificates)?;
        #[cfg(not(feature = "tls"))]
        if is_encrypted || root_certificates.is_some() {
            return Err(WarehouseError::WithoutTls);
        }
        Ok(Self {
            config,
            #[cfg(feature = "tls")]
            tls,
        })
    }

    pub(crate) fn connect(&self) -> Result<Client, postgres::Error> {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return self.config.connect(tls.clone());
        }
        self.config.connect(NoTls)
    }
}
