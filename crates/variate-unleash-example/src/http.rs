//! The client's HTTP, by ureq.

use async_trait::async_trait;
use unleash_api_client::http::{Method, Request, Response, Transport};
use ureq::Agent;

/// Blocks where it says `async`: it is polled by a thread of its own.
pub(crate) struct Ureq {
    agent: Agent,
}

impl Ureq {
    pub(crate) fn new() -> Self {
        // The client looks at statuses itself.
        let agent = Agent::config_builder().http_status_as_error(false).build();
        Self {
            agent: agent.into(),
        }
    }
}

#[async_trait]
impl Transport for Ureq {
    async fn execute(&self, request: Request) -> Result<Response, anyhow::Error> {
        let mut answer = match request.method {
            Method::Get => {
                let mut get = self.agent.get(&request.url);
                for (name, value) in &request.headers {
                    get = get.header(name, value);
                }
                get.call()?
            }
            Method::Post => {
                let mut post = self.agent.post(&request.url);
                for (name, value) in &request.headers {
                    post = post.header(name, value);
                }
                let body = request.body.unwrap_or_default();
                post.header("content-type", "application/json").send(body)?
            }
        };
        Ok(Response {
            status: answer.status().as_u16(),
            body: answer.body_mut().read_to_vec()?,
        })
    }
}
