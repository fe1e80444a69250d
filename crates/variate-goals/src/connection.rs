use postgres::{Client, Config, NoTls};

use crate::address::Address;
use crate::table::GoalsError;

/// How a server is reached.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) config: Config,
    #[cfg(feature = "postgres-tls")]
    tls: Option<tokio_postgres_rustls::MakeRustlsConnect>,
}

impl Connection {
    pub(crate) fn new(url: &str) -> Result<Self, GoalsError> {
        let Address {
            config,
            is_encrypted,
            root_certificates,
        } = Address::parse(url).map_err(|problem| GoalsError::Source {
            place: "the address of Postgres".to_owned(),
            problem,
        })?;
        #[cfg(feature = "postgres-tls")]
        let tls = is_encrypted
            .then(|| crate::tls::connector(root_certificates.as_deref()))
            .transpose()
            .map_err(GoalsError::Certificates)?;
        #[cfg(not(feature = "postgres-tls"))]
        if is_encrypted || root_certificates.is_some() {
            return Err(GoalsError::WithoutTls);
        }
        Ok(Self {
            config,
            #[cfg(feature = "postgres-tls")]
            tls,
        })
    }

    pub(crate) fn connect(&self) -> Result<Client, postgres::Error> {
        #[cfg(feature = "postgres-tls")]
        if let Some(tls) = &self.tls {
            return self.config.connect(tls.clone());
        }
        self.config.connect(NoTls)
    }
}
