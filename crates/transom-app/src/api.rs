//! A caller of the management API: for the demo, the tests and the benchmark.

use anyhow::Context as _;
use serde_json::Value;
use std::time::Duration;

/// How long a call may take; nothing the API does takes this long.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A caller with a token.
#[derive(Clone)]
pub struct Api {
    agent: ureq::Agent,
    base: String,
    token: Option<String>,
}

/// What the API answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, null where there is none or where it is no JSON.
    pub body: Value,
}

impl Api {
    /// A caller of the API at `base` (scheme, host, port).
    #[must_use]
    pub fn new(base: &str, token: Option<&str>) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .max_redirects(0)
            .build()
            .into();
        Self {
            agent,
            base: base.to_owned(),
            token: token.map(str::to_owned),
        }
    }

    /// Calls `method path`, with a JSON body if there is one. Blocks: from async code, call it on a blocking thread.
    ///
    /// # Errors
    /// When the server cannot be reached. An answer that refuses is an answer.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Answer> {
        match body {
            Some(body) => self.send(method, path, "application/json", body.to_string().into_bytes()),
            None => self.send(method, path, "", Vec::new()),
        }
    }

    /// As [`Api::call`], with a body of any kind; an empty kind stands for none.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub fn send(&self, method: &str, path: &str, kind: &str, body: Vec<u8>) -> anyhow::Result<Answer> {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = match kind {
            "" => self.agent.run(request.body(())?),
            kind => self.agent.run(request.header("content-type", kind).body(body)?),
        };
        let mut response = response.with_context(|| format!("{method} {}{path}", self.base))?;
        let status = response.status().as_u16();
        let text = response.body_mut().read_to_string().unwrap_or_default();
        Ok(Answer {
            status,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
        })
    }

    /// As [`Api::call`], from async code, and with anything but 200 as an error.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn data(&self, method: &str, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let (api, owned_method, owned_path) = (self.clone(), method.to_owned(), path.to_owned());
        let answer = tokio::task::spawn_blocking(move || api.call(&owned_method, &owned_path, body.as_ref())).await??;
        anyhow::ensure!(
            answer.status == 200,
            "{method} {path} answered {}: {}",
            answer.status,
            answer.body
        );
        Ok(answer.body["data"].clone())
    }
}
