//! A tower layer and extractors: who makes a request, what it forces, what its page may know.
//!
//! [`ExperimentsLayer`] goes around any tower service over HTTP; [`Experiments`] and
//! [`Privacy`](crate::Privacy) are extractors of axum's.
//!
//! ```
//! use axum::Router;
//! use axum::response::Html;
//! use axum::routing::get;
//! use variate::axum::{Experiments, ExperimentsLayer};
//! use variate::{Identity, context};
//!
//! async fn product(experiments: Experiments) -> Html<&'static str> {
//!     let exp = experiments.experiment("pill_color", context! { visitor_id: None::<u64> });
//!     Html(exp.use_(|| "<body>grey</body>").try_(|| "<body>red</body>").run())
//! }
//!
//! let layer = ExperimentsLayer::new(Identity::new("visitor_id"), "at least sixteen bytes")?.inject();
//! let app: Router = Router::new().route("/", get(product)).layer(layer);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! For each request the layer
//!
//! 1. reads the identity cookie, whose signature must be that of a secret of the layer,
//! 2. reads the headers `DNT` and `Sec-GPC`: who asks not to be tracked gets neither an identity cookie nor an event,
//! 3. reads what the request forces: the header, the query, and a kept token ([`Forcing`](crate::Forcing)),
//! 4. lets the service answer: a future that collects what is exposed in it, wherever it is polled,
//! 5. sets or deletes the cookie as [`Visitor::instruction`](crate::Visitor::instruction) says, keeps shared caches off pages that
//!    depend on the visitor, and writes the assignments into HTML pages, if it is told to.

mod cookie;
mod experiments;
mod layer;
mod page;
mod service;

pub use self::experiments::{Experiments, NoExperimentsLayer};
pub use self::layer::{ExperimentsLayer, LayerError};
pub use self::page::PageBody;
pub use self::service::ExperimentsService;
