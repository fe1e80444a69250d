use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use unleash_api_client::client::{Client, ClientBuilder, FeatureKey};
use unleash_api_client::context::Context;

use crate::http::Ureq;

/// Flags are asked for by name: none is known at compile time.
#[derive(Debug, Clone, Copy)]
enum Known {}

impl FeatureKey for Known {
    fn name(self) -> &'static str {
        match self {}
    }
}

/// What Unleash says of flags, from memory.
#[derive(Clone)]
pub struct Flags {
    client: Arc<Client<Known>>,
}

/// What a flag is for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flag {
    /// On, with a variant where it has some.
    On(Option<String>),
    /// Off for them.
    Off,
    /// There is no such flag: a name is misspelt, or the flag was deleted.
    Missing,
    /// Unleash has not answered yet.
    Unknown,
}

/// The thread that asks Unleash every so often; it ends after its next question once this is dropped.
#[derive(Debug)]
pub struct Polling {
    flags: Flags,
    thread: Option<JoinHandle<()>>,
}

impl Flags {
    /// Of the server at this address, such as `http://localhost:4242/api`.
    ///
    /// # Errors
    ///
    /// What the client says.
    pub fn new(
        url: &str,
        app_name: &str,
        secret: Option<String>,
        interval: Duration,
    ) -> Result<Self, anyhow::Error> {
        let client = ClientBuilder::default()
            .interval(interval.as_millis().try_into().unwrap_or(u64::MAX))
            .enable_string_features()
            .into_client_with_transport(url, app_name, "variate", secret, Arc::new(Ureq::new()))?;
        Ok(Self {
            client: Arc::new(client),
        })
    }

    /// Starts asking.
    ///
    /// # Errors
    ///
    /// When the operating system gives no thread.
    pub fn poll(&self) -> io::Result<Polling> {
        let client = Arc::clone(&self.client);
        let asking = move || {
            // Without it Unleash does not show this application; flags come all the same.
            let _ = pollster::block_on(client.register());
            pollster::block_on(client.poll_for_updates());
        };
        let thread = std::thread::Builder::new()
            .name("unleash".into())
            .spawn(asking)?;
        Ok(Polling {
            flags: self.clone(),
            thread: Some(thread),
        })
    }

    /// Whether Unleash has answered.
    pub fn are_known(&self) -> bool {
        self.client.cached_state().is_some()
    }

    /// What a flag is for somebody.
    pub fn flag(&self, name: &str, context: &Context) -> Flag {
        if !self.are_known() {
            return Flag::Unknown;
        }
        let variant = self.client.get_variant_str(name, context);
        if variant.enabled {
            return Flag::On(Some(variant.name));
        }
        // What is not there is whatever one says that it is.
        let is_on = |default| self.client.is_enabled_str(name, Some(context), default);
        match (is_on(false), is_on(true)) {
            (true, _) => Flag::On(None),
            (false, false) => Flag::Off,
            (false, true) => Flag::Missing,
        }
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        pollster::block_on(self.flags.client.stop_poll());
        if let Some(thread) = self.thread.take() {
            // A panic of the client's has been told by then.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Flags")
            .field("are_known", &self.are_known())
            .finish_non_exhaustive()
    }
}
