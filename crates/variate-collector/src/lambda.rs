//! The routes as an AWS Lambda function.
//!
//! One function answers REST APIs and HTTP APIs of API Gateway, function URLs and Application Load Balancers. A stage in
//! the path is taken off, so `/prod/v1/events` finds `/v1/events`. Events are durable before the answer: nothing is left to do
//! when AWS freezes the sandbox.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use axum::{Router, routing::get};
//! use variate_collector::lambda;
//!
//! let router = Router::new().route("/track", get(|| async { "null" }));
//! lambda::run(router).await?;
//! # Ok(())
//! # }
//! ```

mod event;
mod flat;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod fuzzing;
mod path;

use std::convert::Infallible;
use std::env;
use std::fmt;
use std::task::{Context, Poll};

use axum::Router;
use axum::response::Response;
use lambda_http::lambda_runtime;
use lambda_http::tower::Service;
use lambda_http::{Adapter, LambdaEvent, Request, service_fn};
use serde::Serialize;

use self::event::Event;
use self::flat::Flat;
pub use self::flat::FlatRoute;

/// What AWS sets and the runtime does not start without.
const VARIABLES: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// Why there is no function.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LambdaError {
    /// The process was not started by AWS Lambda.
    #[error(
        "the environment variable {variable} is not set: start this as an AWS Lambda function, or serve the router otherwise"
    )]
    Environment {
        /// What AWS Lambda would have set.
        variable: &'static str,
    },
    /// The Runtime API does not answer any more.
    #[error("the Lambda Runtime API failed: {0}")]
    Runtime(lambda_http::Error),
}

/// Answers invocations with these routes until AWS ends the process.
///
/// # Errors
///
/// The process was not started by AWS Lambda, or its Runtime API failed.
pub async fn run(router: Router) -> Result<(), LambdaError> {
    Function::new(router).run().await
}

/// The knobs of a function; [`run`] is one without.
#[derive(Clone)]
#[must_use]
pub struct Function {
    router: Router,
    base_path: String,
    flat: Option<Flat>,
}

impl Function {
    /// With these routes.
    pub fn new(router: Router) -> Self {
        Self {
            router,
            base_path: String::new(),
            flat: None,
        }
    }

    /// Takes this off the paths, after the stage: what a custom domain maps to the function, such as `/experiments`.
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        self.base_path = path.into();
        self
    }

    /// Answers also the events of a gateway that Gimel or Lámed set up: `{"experiment": .., "uuid": ..}`, without anything of
    /// HTTP.
    ///
    /// Such a gateway has one function for each route, and asks for the API key before it invokes the function: the route
    /// is shown this one, which may be drawn at random for the purpose. It answers 200 also where the function fails, and
    /// clients then drop the event: a proxy integration is better.
    pub fn flat_events(mut self, route: FlatRoute, api_key: impl Into<String>) -> Self {
        self.flat = Some(Flat {
            route,
            api_key: api_key.into(),
        });
        self
    }

    /// Answers invocations until AWS ends the process.
    ///
    /// # Errors
    ///
    /// The process was not started by AWS Lambda, or its Runtime API failed.
    pub async fn run(self) -> Result<(), LambdaError> {
        for variable in VARIABLES {
            // The runtime panics without them.
            if env::var(variable).is_err() {
                return Err(LambdaError::Environment { variable });
            }
        }
        let Self {
            router,
            base_path,
            flat,
        } = self;
        let http = Adapter::from(Routed {
            router: router.clone(),
            base_path,
        });
        let handler = service_fn(move |invocation: LambdaEvent<Event>| {
            let (mut http, router, flat) = (http.clone(), router.clone(), flat.clone());
            async move {
                let LambdaEvent { payload, context } = invocation;
                match payload {
                    Event::Http(request) => {
                        let invocation = LambdaEvent::new(*request, context);
                        let Ok(answer) = http.call(invocation).await;
                        Ok(Answer::Http(answer))
                    }
                    Event::Flat(event) => flat::answer(router, flat, event).await.map(Answer::Flat),
                }
            }
        });
        let ran = lambda_runtime::run(handler).await;
        ran.map_err(LambdaError::Runtime)
    }
}

/// What goes back, as JSON.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer<H> {
    Http(H),
    Flat(serde_json::Value),
}

/// The routes, behind what stands before their paths.
#[derive(Clone)]
struct Routed {
    router: Router,
    base_path: String,
}

impl Service<Request> for Routed {
    type Response = Response;
    type Error = Infallible;
    type Future = <Router as Service<Request>>::Future;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        path::settle(&mut request, &self.base_path);
        self.router.call(request)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Function")
            .field("base_path", &self.base_path)
            .field("flat", &self.flat.as_ref().map(|flat| flat.route))
            .finish_non_exhaustive()
    }
}
