//! The client's HTTP, by ureq.

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;
use unleash_api_client::http::HttpClient;
use ureq::Agent;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The request was not answered, or by an error.
    #[error(transparent)]
    Request(#[from] Box<ureq::Error>),
    /// The answer is no JSON of the expected form.
    #[error("the answer cannot be read: {0}")]
    Answer(#[from] serde_json::Error),
}

/// Blocks where it says `async`: it is polled by a thread of its own.
#[derive(Debug, Clone, Default)]
pub struct UreqClient {
    agent: Agent,
}

/// A request that is not sent yet.
#[derive(Debug)]
pub struct UreqRequest {
    agent: Agent,
    url: String,
    headers: Vec<(&'static str, String)>,
}

impl UreqClient {
    fn request(&self, url: &str) -> UreqRequest {
        UreqRequest {
            agent: self.agent.clone(),
            url: url.to_owned(),
            headers: Vec::new(),
        }
    }
}

#[async_trait]
impl HttpClient for UreqClient {
    type HeaderName = &'static str;
    type Error = HttpError;
    type RequestBuilder = UreqRequest;

    fn build_header(name: &'static str) -> Result<Self::HeaderName, HttpError> {
        Ok(name)
    }

    fn get(&self, url: &str) -> UreqRequest {
        self.request(url)
    }

    fn post(&self, url: &str) -> UreqRequest {
        self.request(url)
    }

    fn header(mut request: UreqRequest, name: &Self::HeaderName, value: &str) -> UreqRequest {
        request.headers.push((name, value.to_owned()));
        request
    }

    async fn get_json<T: DeserializeOwned>(request: UreqRequest) -> Result<T, HttpError> {
        let mut get = request.agent.get(&request.url);
        for (name, value) in request.headers {
            get = get.header(name, value);
        }
        let mut answer = get.call().map_err(Box::new)?;
        let body = answer.body_mut().read_to_string().map_err(Box::new)?;
        Ok(serde_json::from_str(&body)?)
    }

    async fn post_json<T: Serialize + Sync>(
        request: UreqRequest,
        content: &T,
    ) -> Result<bool, HttpError> {
        let body = serde_json::to_string(content)?;
        let mut post = request.agent.post(&request.url);
        for (name, value) in request.headers {
            post = post.header(name, value);
        }
        let answer = post.header("content-type", "application/json").send(body);
        Ok(answer.map_err(Box::new)?.status().is_success())
    }
}
